"""The command line: one command a file in `api/commands`, read only when it is called."""

import sys
from importlib import import_module

import typer
from pydantic import ValidationError
from rich.console import Console

from gis.errors import JingweiError

# name: module and function; a command imports what it needs, which takes up to seconds
COMMANDS = {
    "serve": ("api.commands.serve", "serve"),
    "worker": ("api.commands.worker", "worker"),
    "assign": ("api.commands.assign", "assign"),
    "import": ("api.commands.import_", "import_"),
    "check": ("api.commands.check", "check"),
    "repair": ("api.commands.repair", "repair"),
    "export": ("api.commands.export", "export"),
    "batch": ("api.commands.batch", "batch"),
    "balance": ("api.commands.balance", "balance"),
    "reassign": ("api.commands.reassign", "reassign"),
    "reach": ("api.commands.reach", "reach"),
}

failures = Console(stderr=True)


def build(wanted: str | None = None) -> typer.Typer:
    """Return the command line with one command, or with all if none of that name is there."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Jingwei 经纬: the map engine of grid-based community governance.",
    )

    @app.callback()
    def jingwei() -> None:
        """Jingwei 经纬: the map engine of grid-based community governance."""

    for name in [wanted] if wanted in COMMANDS else COMMANDS:
        module, function = COMMANDS[name]
        app.command(name)(getattr(import_module(module), function))
    return app


def main() -> None:
    """Run a command; what the user can mend is one clear line, not a traceback."""
    try:
        build(sys.argv[1] if len(sys.argv) > 1 else None)()
    except ValidationError as error:
        for fault in error.errors():
            name = ".".join(str(part) for part in fault["loc"]).upper()
            failures.print(f"[red]settings[/red]: {name or 'JINGWEI'}: {fault['msg']}")
        sys.exit(2)
    except (JingweiError, RuntimeError, LookupError) as error:
        if not type(error).__module__.startswith(("gis.", "layers.", "api.")):
            raise  # not ours: a fault of the program, to be seen whole
        failures.print(f"[red]jingwei[/red]: {error}", highlight=False, soft_wrap=True)
        sys.exit(2)
