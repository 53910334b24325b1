"""The command line: `jingwei serve`, and one command for each job on files."""

import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from api.commands.reassign import reassign
from api.serve import run_service
from gis.errors import JingweiError
from layers.cluster import ClusterError
from layers.db import DatabaseError
from layers.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Jingwei 经纬: the map engine of grid-based community governance.",
)
app.command()(reassign)
failures = Console(stderr=True)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any.")] = None,
    *,
    sample: Annotated[
        bool, typer.Option("--sample", help="Load the synthetic sample city if there is none yet.")
    ] = False,
) -> None:
    """Start the service (and its own database unless DATABASE_URL is set)."""
    settings = Settings()
    chosen = {"host": host or settings.host, "port": settings.port if port is None else port}
    settings = Settings.model_validate(settings.model_dump() | chosen)
    run_service(settings, sample=sample)


def main() -> None:
    """Run a command; what the user can mend is one clear line, not a traceback."""
    try:
        app()
    except ValidationError as error:
        for fault in error.errors():
            name = ".".join(str(part) for part in fault["loc"]).upper()
            failures.print(f"[red]settings[/red]: {name or 'JINGWEI'}: {fault['msg']}")
        sys.exit(2)
    except (JingweiError, ClusterError, DatabaseError) as error:
        failures.print(f"[red]jingwei[/red]: {error}", highlight=False)
        sys.exit(2)
