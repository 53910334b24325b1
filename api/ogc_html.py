"""The OGC layers as plain pages, in Chinese or English by the reader's choice."""

from typing import Any

from fastapi import Request, Response

from api.templating import PAGES, choose_language
from layers.features import Layer

WORDS = {
    "zh": {
        "data": "数据图层",
        "layers": "图层",
        "next": "下一页",
        "prev": "上一页",
        "of": "条，共",
        "rows": "条",
        "conformance": "符合的规范",
        "as_json": "以 JSON 查看",
        "nothing": "没有符合条件的要素。",
        "other": "English",
        "home": "首页",
    },
    "en": {
        "data": "Data layers",
        "layers": "Layers",
        "next": "Next page",
        "prev": "Previous page",
        "of": "of",
        "rows": "",
        "conformance": "Conforms to",
        "as_json": "As JSON",
        "nothing": "No feature fits.",
        "other": "中文",
        "home": "Home",
    },
}


def render(request: Request, page: str, content: dict[str, Any], layer: Layer | None) -> Response:
    """Return a page of the OGC layers."""
    lang = choose_language(request)
    links = {link["rel"]: link["href"] for link in content.get("links", [])}
    return PAGES.TemplateResponse(
        request,
        "ogc.html",
        {
            "page": page,
            "content": content,
            "layer": layer,
            "links": links,
            "lang": lang,
            "words": WORDS[lang],
            "json_url": request.url.include_query_params(f="json"),
            "other_url": request.url.include_query_params(lang="en" if lang == "zh" else "zh"),
        },
    )
