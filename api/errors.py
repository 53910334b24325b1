"""One table: which exception is which HTTP status, answered as problem+json (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException

from api.acting import ActorError, PreconditionRequiredError
from api.draft_schemas import OperationOut
from gis.edit import ClashError, Done, EditError, OverlapError
from gis.errors import CodeError, CoordinateError, CrsError, DatumError, JingweiError
from layers.acceptances import AcceptanceError, FindingNotFoundError
from layers.boundaries import NoVersionError, VersionConflictError
from layers.cases.steps import RoleError, StepError
from layers.checks import CheckFailedError
from layers.drafts.balancing import NoAlternativeError
from layers.drafts.desk import operations
from layers.drafts.draft import (
    ApproverError,
    DraftNotFoundError,
    DraftStateError,
    StaleError,
)
from layers.incidents import IdempotencyError, IncidentNotFoundError
from layers.jobs.requests import JobNotFoundError
from layers.versions import VersionNotFoundError

MEDIA_TYPE = "application/problem+json"


class TooLargeError(JingweiError):
    """More was sent than one request may hold."""


class NotFoundError(LookupError):
    """There is nothing of that name or code."""


STATUS: dict[type[Exception], tuple[HTTPStatus, str]] = {
    CoordinateError: (HTTPStatus.UNPROCESSABLE_ENTITY, "coordinate"),
    DatumError: (HTTPStatus.UNPROCESSABLE_ENTITY, "datum"),
    CrsError: (HTTPStatus.BAD_REQUEST, "crs"),
    CodeError: (HTTPStatus.UNPROCESSABLE_ENTITY, "code"),
    IdempotencyError: (HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency_key"),
    TooLargeError: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large"),
    ActorError: (HTTPStatus.UNAUTHORIZED, "actor"),
    PreconditionRequiredError: (HTTPStatus.PRECONDITION_REQUIRED, "if_match"),
    StaleError: (HTTPStatus.PRECONDITION_FAILED, "stale"),
    OverlapError: (HTTPStatus.CONFLICT, "overlap"),
    ClashError: (HTTPStatus.CONFLICT, "clash"),
    EditError: (HTTPStatus.UNPROCESSABLE_ENTITY, "edit"),
    ApproverError: (HTTPStatus.FORBIDDEN, "approver"),
    JingweiError: (HTTPStatus.UNPROCESSABLE_ENTITY, "input"),
    DataError: (HTTPStatus.UNPROCESSABLE_ENTITY, "input"),
    NotFoundError: (HTTPStatus.NOT_FOUND, "not_found"),
    IncidentNotFoundError: (HTTPStatus.NOT_FOUND, "not_found"),
    JobNotFoundError: (HTTPStatus.NOT_FOUND, "not_found"),
    VersionNotFoundError: (HTTPStatus.NOT_FOUND, "not_found"),
    FindingNotFoundError: (HTTPStatus.NOT_FOUND, "not_found"),
    DraftNotFoundError: (HTTPStatus.NOT_FOUND, "not_found"),
    NoAlternativeError: (HTTPStatus.NOT_FOUND, "not_found"),
    DraftStateError: (HTTPStatus.CONFLICT, "state"),
    StepError: (HTTPStatus.CONFLICT, "step"),
    RoleError: (HTTPStatus.FORBIDDEN, "role"),
    AcceptanceError: (HTTPStatus.CONFLICT, "acceptance"),
    CheckFailedError: (HTTPStatus.CONFLICT, "check_failed"),
    VersionConflictError: (HTTPStatus.CONFLICT, "version"),
    NoVersionError: (HTTPStatus.SERVICE_UNAVAILABLE, "no_version"),
    OperationalError: (HTTPStatus.SERVICE_UNAVAILABLE, "database"),
}

TITLES_ZH = {
    "coordinate": "坐标有误",
    "datum": "坐标基准有误",
    "crs": "坐标参考系有误",
    "code": "编码有误",
    "idempotency_key": "该提交标识已用于另一份报告",
    "input": "输入有误",
    "not_found": "没有找到",
    "too_large": "一次提交的内容过多",
    "step": "当前状态不允许这一步",
    "role": "此角色不能办理这一步",
    "acceptance": "该问题不能接受，或没有可撤回的接受",
    "check_failed": "边界仍有必须处理的问题",
    "state": "草案当前状态不允许这一步",
    "actor": "没有说明操作人",
    "if_match": "没有说明依据的版本",
    "stale": "草案已被他人修改",
    "overlap": "与他人的修改重叠",
    "clash": "后来的操作已改变这一处",
    "edit": "不能这样修改",
    "approver": "须由另一人批准",
    "check": "检查发现必须先改的问题",
    "version": "边界版本冲突",
    "no_version": "当前没有生效的边界版本",
    "database": "数据库暂时不可用，请稍后再试",
    "request": "请求有误",
}
DATABASE_DETAIL = "the database cannot be reached just now; nothing was stored, please try again"
DATA_DETAIL = "a number is too large, or a text holds the character NUL: nothing was stored"


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:  # noqa: ANN401
    """Return a problem document; `code` is stable, `title_zh` is for showing."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "title_zh": TITLES_ZH.get(code, TITLES_ZH["request"]),
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    headers = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def add_exception_handlers(app: FastAPI) -> None:
    """Answer every expected exception as problem+json."""
    for kind in STATUS:
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)


def _answer(_request: Request, error: Exception) -> JSONResponse:
    status, code = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if isinstance(error, OperationalError):
        return problem(status, code, DATABASE_DETAIL)  # the driver's words name hosts
    if isinstance(error, DataError):
        return problem(status, code, DATA_DETAIL)  # the driver's words show the statement
    return problem(status, code, str(error), **_more(error))


def _more(error: Exception) -> dict[str, Any]:
    """Return what a caller needs besides words: ids, what is allowed, what others did."""
    more: dict[str, Any] = {}
    if isinstance(error, StepError | DraftStateError):
        more["allowed"] = error.allowed
    if isinstance(error, RoleError):
        more["roles"] = error.roles
    if isinstance(error, EditError):
        more |= {"detail_zh": error.zh, "ids": list(error.ids), "allow": error.allow}
    if isinstance(error, OverlapError):
        more["seen"] = error.seen
        more["mine"] = operations.dump_python(error.operation, mode="json")
        more["theirs"] = [
            {**_operation(clash.done), "shared": [*map(str, clash.items)]}
            for clash in error.clashes
        ]
    if isinstance(error, StaleError):
        more |= {"version": error.version, "seen": error.seen}
        more["since"] = [_operation(done) for done in error.since]
    if isinstance(error, CheckFailedError):
        more["findings"] = [
            {"rule": finding.rule_id, "detail_zh": finding.text_zh, "detail": finding.text_en}
            for finding in error.findings
        ]
    return more


def _operation(done: Done) -> dict[str, Any]:
    return OperationOut.done(done).model_dump(mode="json")


def _answer_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for it alone
    wrong = [
        {"where": ".".join(str(part) for part in fault["loc"]), "what": str(fault["msg"])}
        for fault in error.errors()
    ]
    detail = "; ".join(f"{fault['where']}: {fault['what']}" for fault in wrong)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "request", detail, errors=wrong)


def _answer_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for it alone
    code = "not_found" if error.status_code == HTTPStatus.NOT_FOUND else "request"
    answer = problem(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer
