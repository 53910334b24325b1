"""The built pages: they are files, ask no other host, and say so to the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response, status
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
router = APIRouter(include_in_schema=False)

# No page may load anything from, or send anything to, another host: a city hall has no internet,
# and what was injected into a page could tell nobody. OpenLayers sets styles from its script.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    " blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>经纬</title>
<p>网页尚未构建：请运行 <code>scripts/ensure run</code> 后再试。接口可用，见
<a href="/ogc?f=html">/ogc</a>。
<p lang="en">The pages are not built yet: run <code>scripts/ensure run</code> and try again. The
interfaces work, see <a href="/ogc?f=html">/ogc</a>."""


class BuiltFiles(StaticFiles):
    """Files of the pages; those with a hash in their name never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Let hashed files be kept for good; the others are asked for again."""
        answer = await super().get_response(path, scope)
        hashed = path.startswith("assets/")
        kept = "public, max-age=31536000, immutable" if hashed else "no-cache"
        answer.headers["Cache-Control"] = kept
        answer.headers["X-Content-Type-Options"] = "nosniff"
        if path.endswith(".js"):  # by the tables of some systems it is an application's
            answer.headers["Content-Type"] = "text/javascript; charset=utf-8"
        return answer


def static_files() -> StaticFiles:
    """Serve what the build of the pages made; 404 where it made nothing."""
    return BuiltFiles(directory=STATIC, check_dir=False)


@router.api_route("/map", methods=["GET", "HEAD"])
def get_city_page() -> Response:
    """Return the map of the city, for staff."""
    return _page("city")


@router.api_route("/plan", methods=["GET", "HEAD"])
def get_planner_page() -> Response:
    """Return the desk of the planners."""
    return _page("planner")


def _page(name: str) -> Response:
    built = STATIC / name / "index.html"
    if not built.is_file():
        return HTMLResponse(NOT_BUILT, status.HTTP_503_SERVICE_UNAVAILABLE)
    return FileResponse(built, headers=HEADERS)
