"""The check of a version as a job."""

from collections import Counter
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session, sessionmaker

from gis.coverage import Findings, Severity
from layers.checks import Content, check_content, read_content
from layers.findings import Wanted, list_findings, store_findings
from layers.jobs.kinds import Kind
from layers.jobs.progress import Progress
from layers.jobs.requests import start_job
from layers.models import Job

STEPS = 2


class CheckArguments(BaseModel):
    """Which version to check, and what it held when that was asked."""

    version_id: int
    content_hash: str


def _run(
    sessions: sessionmaker[Session],
    asked: CheckArguments,
    progress: Progress[tuple[Content, Findings]],
) -> tuple[Content, Findings]:
    progress.say(0, STEPS, "正在读取网格与楼宇", "reading grids and buildings")
    with sessions() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        content = read_content(session, asked.version_id)
    count = len(content.grids)
    progress.say(1, STEPS, f"正在检查 {count} 个网格", f"checking {count} grids")
    return content, check_content(content)


def _store(
    session: Session, asked: CheckArguments, result: tuple[Content, Findings]
) -> dict[str, Any]:
    content, findings = result
    store_findings(session, asked.version_id, content, findings)
    counted = Counter(finding.severity for finding in findings)
    to_settle = list_findings(
        session, asked.version_id, Wanted(severity=Severity.BLOCKING, accepted=False)
    )
    return {
        "version_id": asked.version_id,
        "content_hash": content.hash,
        "to_settle": len(to_settle),
        **{severity.value: counted[severity] for severity in Severity},
    }


CHECK = Kind(
    name="check",
    title_zh="检查边界版本",
    title_en="check of a boundary version",
    arguments=CheckArguments,
    subject=lambda asked: f"version {asked.version_id}",
    run=_run,
    store=_store,
)


def start_check(session: Session, version_id: int, *, asked_by: str) -> tuple[Job, bool]:
    """
    Ask for a check of a version; the same content is checked by one job at a time.

    Raises
    ------
    VersionNotFoundError
        If there is no such version.
    """
    asked = CheckArguments(
        version_id=version_id, content_hash=read_content(session, version_id).hash
    )
    return start_job(session, CHECK, asked, asked_by=asked_by)
