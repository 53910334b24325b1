"""Pages made on the server: the one set of templates, and which language a reader wants."""

from fastapi import Request
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, PackageLoader, select_autoescape

PAGES = Jinja2Templates(
    env=Environment(
        loader=PackageLoader("api"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
)


def choose_language(request: Request) -> str:
    """Return zh or en: what the address says, else what the browser prefers, else zh."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "zh")
    return "en" if asked.lower().startswith("en") else "zh"
