"""`jingwei serve`: database, schema, the sample city if asked for, then HTTP."""

import errno
import logging
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from api.app import create_app
from gis.errors import JingweiError
from layers.db import migrate, open_database, session_factory
from layers.jobs.child import WorkerChild
from layers.models import BoundaryVersion
from layers.settings import Settings

SAMPLE = Path(__file__).parents[2] / "data" / "boundaries" / "fenyang"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)  # from when the sample city is in force

console = Console()


class AddressError(JingweiError):
    """The service cannot listen where it was told to."""


class Server(uvicorn.Server):
    """The HTTP server; says where it is once it really answers."""

    def __init__(self, service: FastAPI, config: uvicorn.Config, started: float) -> None:
        super().__init__(config)
        self._service = service
        self._since = started

    async def startup(self, *args: object, **more: object) -> None:
        """Start listening, then print the addresses."""
        await super().startup(*args, **more)  # type: ignore[arg-type]
        if not self.started:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        host = self.config.host if self.config.host != "0.0.0.0" else "127.0.0.1"  # noqa: S104
        base = f"http://{host}:{port}"
        console.print(f"\n[bold]Jingwei 经纬 is ready[/bold] after "
                      f"{time.monotonic() - self._since:.1f} s. Stop it with Ctrl-C.")  # fmt: skip
        for path, words in {
            "/": "for everybody: the nearest service centre 便民服务",
            "/map": "the map, for staff 地图",
            "/openapi.json": "the API",
            "/ogc": "the layers for QGIS and GDAL (OGC API Features)",
            "/readyz": "whether it can serve",
        }.items():
            console.print(f"  {base}{path}  {words}", highlight=False, soft_wrap=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams of events, which would hold the server up, then the rest."""
        self._service.state.held.news.end()
        await super().shutdown(sockets)


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
    started = time.monotonic()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("alembic", "procrastinate", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    listening = listen(
        settings.host, settings.port
    )  # before the database: nothing is begun in vain
    with listening, open_database(settings) as engine:
        migrate(engine)
        if sample:
            load_sample(engine)
        service = create_app(settings, engine)
        config = uvicorn.Config(
            service,
            host=settings.host,
            log_config=None,
            access_log=False,  # positions of people asking must not end up in a log
            timeout_graceful_shutdown=10,
        )
        with WorkerChild(engine, settings):
            Server(service, config, started).run([listening])


def listen(host: str, port: int) -> socket.socket:
    """
    Take the address of the service.

    Raises
    ------
    AddressError
        If another program has it, or this machine does not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AddressError(
                f"port {port} of {host} is taken, perhaps by another Jingwei: "
                "stop that one, or choose another port with --port (0 takes any free one)"
            ) from error
        raise AddressError(
            f"cannot listen on {host}, port {port} ({error.strerror}): "
            "give an address of this machine with --host (0.0.0.0 for all), a port with --port"
        ) from error


def load_sample(engine: Engine) -> bool:
    """Load the synthetic sample city into a database without any; tell whether it was done."""
    with session_factory(engine).begin() as session:
        if _has_city(session):
            return False
        from layers.city import load_city  # noqa: PLC0415  a second of imports, once in a life

        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("loading the sample city")

            def show(stage: str, done: int, total: int) -> None:
                progress.update(
                    task, description=f"sample city: {stage}", completed=done, total=total
                )

            load_city(session, SAMPLE, publish_from=BEGINNING, author="sample", progress=show)
    return True


def _has_city(session: Session) -> bool:
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("sample"))))
    return session.scalars(select(BoundaryVersion.id).limit(1)).first() is not None
