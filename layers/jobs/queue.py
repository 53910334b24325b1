"""The queue by which jobs reach a worker: procrastinate, in our own database."""

from collections.abc import Callable

from procrastinate import App, JobContext, SyncPsycopgConnector
from procrastinate.job_context import AbortReason
from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.jobs.progress import Turn

QUEUE = "jobs"
Work = Callable[[Turn, Callable[[], bool]], None]

# Without an address: it only ever writes over the connection of a session. A worker puts its own
# connector beside it.
app = App(connector=SyncPsycopgConnector())


@app.task(name="jingwei.job", queue=QUEUE, pass_context=True)
def take_turn(context: JobContext, job_id: int) -> None:
    """Do a job at a worker; whatever goes wrong ends up in the row of the job, not here."""
    assert context.job.id is not None  # noqa: S101 - it came from the database
    work: Work = context.additional_context["work"]
    work(Turn(job_id, context.job.id), lambda: context.abort_reason() is AbortReason.SHUTDOWN)


def enqueue(session: Session, job_id: int, subject: str) -> int:
    """Put a job in the queue, in the transaction of the session; return its number there."""
    return take_turn.configure(
        lock=subject, connection=session.connection().connection.driver_connection
    ).defer(job_id=job_id)


def withdraw(session: Session, queue_id: int) -> None:
    """Take a job that no worker has begun out of the queue."""
    connection = session.connection().connection.driver_connection
    app.job_manager.cancel_job_by_id(queue_id, connection=connection)


def give_up(session: Session, queue_id: int) -> None:
    """End the turn of a worker that is gone."""
    session.execute(
        text(
            "select procrastinate_finish_job_v1(id, 'failed', false) from procrastinate_jobs "
            "where id = :id and status = 'doing'"
        ),
        {"id": queue_id},
    )
