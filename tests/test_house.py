"""The rules of the house that no other tool holds: who may import whom, and what is committed."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ROOMS = {"gis": {"gis"}, "layers": {"gis", "layers"}, "api": {"gis", "layers", "api"}}
LONGEST_FILE = 500  # lines; 400 is the aim

# What the pure room may not know: SQL, HTTP, settings, logging and the clock.
NOT_IN_GIS = {
    "sqlalchemy", "geoalchemy2", "alembic", "psycopg",
    "fastapi", "starlette", "uvicorn", "httpx", "requests", "urllib", "http", "socket",
    "pydantic", "pydantic_settings", "typer",
    "logging", "time", "sched",
}  # fmt: skip
NOT_READ_IN_GIS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "Timestamp.now", "Timestamp.utcnow", "Timestamp.today", "os.environ", "os.getenv",
}  # fmt: skip


def imports(source: str) -> Iterator[str]:
    """Yield the full names of all modules a source imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def wrong_imports(room: str, source: str) -> set[str]:
    """Return what a source of a room imports against the arrows api -> layers -> gis."""
    strangers = (set(ROOMS) | {"tests", "bench", "scripts"}) - ROOMS[room]
    forbidden = strangers | (NOT_IN_GIS if room == "gis" else set())
    return {name for name in imports(source) if name[0] == "." or name.split(".")[0] in forbidden}


def impure_reads(source: str) -> set[str]:
    """Return the attributes a source reads that make its answer depend on when or where."""
    dotted = {
        ".".join(ast.unparse(node).split(".")[-2:])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
    }
    return dotted & NOT_READ_IN_GIS


def sources(room: str) -> list[Path]:
    found = sorted((ROOT / room).rglob("*.py"))
    assert found, f"{room}/ holds no source"
    return found


def committed() -> list[Path]:
    """Return the files git knows, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def committed_text() -> Iterator[tuple[str, str]]:
    """Yield name and text of the committed files that are text."""
    for path in committed():
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            yield path.relative_to(ROOT).as_posix(), content.decode()


# ---- imports ----------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_from_api_to_layers_to_gis_only(room: str) -> None:
    wrong = {path.name: wrong_imports(room, path.read_text()) for path in sources(room)}
    assert not {name: found for name, found in wrong.items() if found}


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("gis", "from layers.db import engine"),
        ("gis", "def f():\n    import sqlalchemy.orm"),
        ("gis", "from time import monotonic"),
        ("layers", "if TYPE_CHECKING:\n    from api import schemas"),
        ("layers", "from . import db"),
        ("api", "import tests.worlds"),
    ],
)
def test_a_wrong_import_is_seen_wherever_it_hides(room: str, source: str) -> None:
    assert wrong_imports(room, source)


def test_gis_reads_neither_the_clock_nor_the_environment() -> None:
    reads = {path.name: impure_reads(path.read_text()) for path in sources("gis")}
    assert not {name: found for name, found in reads.items() if found}


def test_a_read_of_the_clock_is_seen() -> None:
    assert impure_reads("import datetime as dt\nnow = dt.datetime.now(dt.UTC)") == {"datetime.now"}


def test_no_module_imports_itself_through_others() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for room in ROOMS
        for path in sources(room)
    }
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        top_level = ast.Module(
            [node for node in ast.parse(path.read_text()).body if not isinstance(node, ast.If)], []
        )
        graph[name] = set()
        for node in top_level.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = {f"{node.module}.{alias.name}" for alias in node.names} & set(modules)
                graph[name] |= parts or {node.module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_file_outgrows_a_reader() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for room in ROOMS
        for path in sources(room)
        if "versions" not in path.parts  # a migration is a record, not read to be changed
    }
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}


# ---- what is committed ------------------------------------------------------------------------


def test_every_locked_python_package_has_its_hash_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    packages = re.split(r"\n(?=\S)", lock.strip())
    assert len(packages) > 100
    assert not [package for package in packages if "==" not in package or "sha256:" not in package]


def test_every_locked_npm_package_has_its_hash_and_no_address() -> None:
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert not [name for name, package in packages.items() if "integrity" not in package]
    for package in packages.values():
        package.pop("funding", None)  # where to thank the authors; nothing is fetched from there
    assert "://" not in json.dumps(packages)


def test_no_committed_file_names_a_registry_or_a_content_network() -> None:
    hosts = re.compile(
        "|".join(
            re.escape(".".join(parts))
            for parts in (
                ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
                ("deb", "debian", "org"), ("snapshot", "debian", "org"), ("ghcr", "io"),
                ("unpkg", "com"), ("jsdelivr", "net"), ("cdnjs", "cloudflare", "com"),
                ("googleapis", "com"), ("gstatic", "com"), ("tile", "openstreetmap", "org"),
            )
        )
    )  # fmt: skip
    named = {name: found for name, text in committed_text() if (found := hosts.findall(text))}
    assert not named


def test_no_page_asks_another_host_for_anything() -> None:
    fetched = re.compile(
        r"""(?:src|href|action|url|import|from|fetch|new\s+URL)\s*[=(]?\s*["'`]?(?:https?:)?//\w""",
        re.IGNORECASE,
    )
    pages = [
        (name, text)
        for name, text in committed_text()
        if name.endswith((".html", ".ts", ".css", ".js", ".jinja"))
    ]
    assert pages
    assert not {name: found for name, text in pages if (found := fetched.findall(text))}


def test_no_committed_file_names_a_folder_of_one_machine() -> None:
    machine = re.compile(r"(?<![\w.])/(?:work|root)/\w")
    named = {name: found for name, text in committed_text() if (found := machine.findall(text))}
    assert not named


def test_nothing_third_party_is_committed() -> None:
    folders = {"node_modules", "vendor", "third_party", "dist", "static", ".venv"}
    assert not [path for path in committed() if folders & set(path.relative_to(ROOT).parts)]
    assert not [path for path in committed() if re.search(r"\.min\.(js|css)$", path.name)]


# ---- containers -------------------------------------------------------------------------------
# No engine is at hand where the tests run: the file is checked against the Compose
# specification's schema, and what we promise of it is read from it.


def validate_compose(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, path], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services: dict[str, dict[str, Any]] = compose["services"]
    assert set(services) == {"database", "service", "backup"}
    return services


def test_the_compose_file_follows_the_compose_specification() -> None:
    result = validate_compose(ROOT / "docker-compose.yml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_compose_file_against_the_specification_is_refused(tmp_path: Path) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    (broken := tmp_path / "docker-compose.yml").write_text(text.replace("init: true", "init: 3"))
    assert validate_compose(broken).returncode == 1


def test_every_container_reaps_its_children_comes_back_and_tells_its_health(
    services: dict[str, dict[str, Any]],
) -> None:
    for service in services.values():
        assert service["init"] is True
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"]
    assert "/readyz" in services["service"]["healthcheck"]["test"][-1]


def test_only_the_service_is_reachable_and_only_from_this_machine_unless_told(
    services: dict[str, dict[str, Any]],
) -> None:
    assert [name for name, service in services.items() if service.get("ports")] == ["service"]
    assert services["service"]["ports"] == [
        "${JINGWEI_ADDRESS:-127.0.0.1}:${JINGWEI_PORT:-8000}:8000"
    ]
    assert all(service.get("network_mode") != "host" for service in services.values())


def test_the_password_has_no_default_and_its_absence_is_explained(
    services: dict[str, dict[str, Any]],
) -> None:
    given = {
        service["environment"][name]
        for service in services.values()
        for name in ("PGPASSWORD", "POSTGRES_PASSWORD")
        if name in service["environment"]
    }
    assert len(given) == 1
    assert re.fullmatch(r"\$\{JINGWEI_DATABASE_PASSWORD:\?.+\.env\}", given.pop())
    assert "@" not in services["service"]["environment"]["DATABASE_URL"].split("jingwei@")[0]


def test_the_database_container_sees_letters_in_chinese_names(
    services: dict[str, dict[str, Any]],
) -> None:
    options = services["database"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert {"--locale=C.UTF-8", "--encoding=UTF8", "--data-checksums"} <= set(options)


def test_the_backup_container_has_the_programs_of_the_database(
    services: dict[str, dict[str, Any]],
) -> None:
    assert services["backup"]["image"] == services["database"]["image"]


def test_every_volume_is_declared_or_a_file_of_the_repository(
    services: dict[str, dict[str, Any]],
) -> None:
    declared = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["volumes"]
    mounts = [mount for service in services.values() for mount in service["volumes"]]
    for mount in mounts:
        origin = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", mount).split(":")[0]
        assert (ROOT / origin).is_file() if origin.startswith("./") else origin in declared


def test_the_image_is_built_from_files_that_exist_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [
        part.removeprefix("/app/")
        for line in lines
        if line.startswith("COPY") and "/venv" not in line
        for part in line.split()[1:-1]
        if not part.startswith("--")
    ]
    assert {"requirements.lock", "gis", "layers", "api", "data"} <= set(copied)
    assert not [name for name in copied if not (ROOT / name).exists()]
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users == ["jingwei"]


# ---- the commands -----------------------------------------------------------------------------


def test_continuous_integration_runs_the_command_everybody_runs() -> None:
    commands = (ROOT / ".ci/run").read_text().splitlines()[1:]
    assert commands == ['exec "$(dirname "$0")/../scripts/test"']


@pytest.mark.parametrize("name", ["run", "test", "ensure", "lock", "backup", "restore"])
def test_every_command_can_be_typed(name: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--stage", f"scripts/{name}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout.startswith("100755")
