"""OGC API Features (Part 1 Core, GeoJSON, HTML; Part 2 CRS) for the public layers."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.deps import SessionDep, StateDep
from api.errors import NotFoundError
from api.ogc_html import render
from gis.errors import CrsError
from layers.features import (
    LAYERS,
    Layer,
    Wanted,
    get_extent,
    get_feature,
    list_features,
    north_first,
)
from layers.models import SRID

router = APIRouter(prefix="/ogc", tags=["OGC API Features"])

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
OFFERED = (SRID, 4326, 3857)  # besides CRS84 and the planar CRS of the version in force
CONFORMS_TO = [
    f"http://www.opengis.net/spec/ogcapi-{part}"
    for part in (
        "common-1/1.0/conf/core",
        "features-1/1.0/conf/core",
        "features-1/1.0/conf/geojson",
        "features-1/1.0/conf/html",
        "features-2/1.0/conf/crs",
    )
]
GEOJSON = "application/geo+json"
JSON = "application/json"
HTML = "text/html"
MAX_LIMIT = 10_000
BOX_NUMBERS = {4: (0, 1, 2, 3), 6: (0, 1, 3, 4)}  # heights of a six-number box are left out
KNOWN = {"f", "limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "lang"}
LayerName = Annotated[str, Path(description=f"One of {', '.join(LAYERS)}.")]
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {GEOJSON: {}, HTML: {}}},
    400: {"description": "A parameter is unknown or wrong."},
    404: {"description": "There is no such collection or feature."},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request read: which features, in which CRS, shown how."""

    wanted: Wanted
    crs_uri: str


@router.get("", responses={200: ANSWERS[200]})
def get_landing(request: Request) -> Response:
    """Return where everything is."""
    links = [
        _link(request, "/ogc", "self", JSON, "this document"),
        _link(request, "/openapi.json", "service-desc",
              "application/vnd.oai.openapi+json;version=3.1", "the API"),
        _link(request, "/ogc/conformance", "conformance", JSON, "what is conformed to"),
        _link(request, "/ogc/collections", "data", JSON, "the layers"),
    ]  # fmt: skip
    content = {
        "title": "Jingwei 经纬",
        "description": "Boundaries and places of the city, CGCS2000",
        "links": links,
    }
    return _answer(request, "landing", content)


@router.get("/conformance", responses={200: ANSWERS[200]})
def get_conformance(request: Request) -> Response:
    """Return the conformance classes."""
    return _answer(request, "conformance", {"conformsTo": CONFORMS_TO})


@router.get("/collections", responses={200: ANSWERS[200]})
def get_collections(request: Request, state: StateDep, session: SessionDep) -> Response:
    """Return the public layers."""
    version = state.atlas.at().version
    collections = [
        _collection(request, layer, get_extent(session, layer, version.id), version.planar_srid)
        for layer in LAYERS.values()
    ]
    links = [_link(request, "/ogc/collections", "self", JSON, "the layers")]
    return _answer(request, "collections", {"links": links, "collections": collections})


@router.get("/collections/{name}", responses=ANSWERS)
def get_collection(
    name: LayerName, request: Request, state: StateDep, session: SessionDep
) -> Response:
    """Return one layer."""
    layer, version = _layer(name), state.atlas.at().version
    extent = get_extent(session, layer, version.id)
    return _answer(request, "collection", _collection(request, layer, extent, version.planar_srid))


@router.get("/collections/{name}/items", responses=ANSWERS)
def get_items(name: LayerName, request: Request, state: StateDep, session: SessionDep) -> Response:
    """Return features: `limit`, `offset`, `bbox`, `bbox-crs`, `crs`, `f`, and equality filters."""
    layer, version = _layer(name), state.atlas.at().version
    asked = _read(request, layer, version.planar_srid)
    page = list_features(session, layer, version.id, asked.wanted)
    content = {
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "features": page.features,
        "links": _page_links(request, asked.wanted, page.matched),
    }
    return _answer(request, "items", content, crs_uri=asked.crs_uri, layer=layer)


@router.get("/collections/{name}/items/{code}", responses=ANSWERS)
def get_item(
    name: LayerName, code: str, request: Request, state: StateDep, session: SessionDep
) -> Response:
    """Return one feature."""
    layer, version = _layer(name), state.atlas.at().version
    asked = _read(request, layer, version.planar_srid)
    feature = get_feature(session, layer, version.id, code, asked.wanted)
    if feature is None:
        raise NotFoundError(f"there is no {code!r} in {name}")
    base = f"/ogc/collections/{name}"
    feature["links"] = [
        _link(request, f"{base}/items/{code}", "self", GEOJSON, "this feature"),
        _link(request, base, "collection", JSON, "its layer"),
    ]
    return _answer(request, "item", feature, crs_uri=asked.crs_uri, layer=layer)


def _layer(name: str) -> Layer:
    if name not in LAYERS:
        raise NotFoundError(f"there is no collection {name!r}: use one of {', '.join(LAYERS)}")
    return LAYERS[name]


def _read(request: Request, layer: Layer, planar_srid: int) -> Asked:
    """Read the query; an unknown parameter is an error (OGC 17-069r4, /req/core/query-param)."""
    query = request.query_params
    unknown = set(query) - KNOWN - set(layer.filters)
    if unknown:
        raise _bad(f"unknown parameter {min(unknown)!r}")
    crs_uri = query.get("crs", CRS84)
    srid, flip = _srid(crs_uri, planar_srid)
    box_srid, box_flip = _srid(query.get("bbox-crs", CRS84), planar_srid)
    box = _bbox(query["bbox"], flip=box_flip) if "bbox" in query else None
    return Asked(
        Wanted(
            bbox=box,
            bbox_srid=box_srid,
            equal_to={name: query[name] for name in layer.filters if name in query},
            srid=srid,
            flip=flip,
            limit=min(_whole(query.get("limit", "100"), "limit", 1), MAX_LIMIT),
            offset=_whole(query.get("offset", "0"), "offset", 0),
        ),
        crs_uri,
    )


def _srid(uri: str, planar_srid: int) -> tuple[int, bool]:
    """Return the EPSG number and whether its north comes first; CRS84 is lon, lat."""
    if uri == CRS84:
        return SRID, False
    number = uri.removeprefix(EPSG)
    if not number.isdecimal() or int(number) not in {*OFFERED, planar_srid}:
        choices = ", ".join(_offered(planar_srid))
        raise _bad(f"the CRS {uri!r} is not offered: use one of {choices}", CrsError)
    return int(number), north_first(int(number))


def _bbox(words: str, *, flip: bool) -> tuple[float, float, float, float]:
    try:
        numbers = [float(word) for word in words.split(",")]
        first, second, third, fourth = (numbers[i] for i in BOX_NUMBERS[len(numbers)])
    except (ValueError, KeyError):
        raise _bad(f"bbox {words!r} is not 4 (or 6) numbers with commas: west,south,east,north"
                   ) from None  # fmt: skip
    if not all(abs(number) < float("inf") for number in numbers):  # also refuses NaN
        raise _bad(f"bbox {words!r} holds a number that is not finite")
    box = (second, first, fourth, third) if flip else (first, second, third, fourth)
    if box[1] > box[3]:
        raise _bad(f"bbox {words!r}: its south lies north of its north")
    return box


def _whole(words: str, name: str, least: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", words) or int(words) < least:
        raise _bad(f"{name} {words!r} is not a whole number from {least}")
    return int(words)


def _bad(detail: str, kind: type[Exception] | None = None) -> Exception:
    if kind is not None:
        return kind(detail)
    return HTTPException(HTTPStatus.BAD_REQUEST, detail)


def _offered(planar_srid: int) -> list[str]:
    return [CRS84, *(f"{EPSG}{srid}" for srid in (*OFFERED, planar_srid))]


def _collection(
    request: Request,
    layer: Layer,
    extent: tuple[float, float, float, float] | None,
    planar_srid: int,
) -> dict[str, Any]:
    base = f"/ogc/collections/{layer.name}"
    return {
        "id": layer.name,
        "title": f"{layer.title_zh} {layer.title_en}",
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [list(extent)], "crs": CRS84}} if extent else {},
        "crs": _offered(planar_srid),
        "storageCrs": CRS84,  # numbers are CGCS2000, lon before lat
        "links": [
            _link(request, base, "self", JSON, layer.title_en),
            _link(request, f"{base}/items", "items", GEOJSON, f"{layer.title_en} as GeoJSON"),
            _link(request, f"{base}/items?f=html", "items", HTML, f"{layer.title_en} as a table"),
        ],
    }


def _page_links(request: Request, wanted: Wanted, matched: int) -> list[dict[str, str]]:
    def to(offset: int, rel: str) -> dict[str, str]:
        url = request.url.include_query_params(offset=offset)
        return {"href": str(url), "rel": rel, "type": GEOJSON}

    links = [{"href": str(request.url), "rel": "self", "type": GEOJSON}]
    if wanted.offset + wanted.limit < matched:
        links.append(to(wanted.offset + wanted.limit, "next"))
    if wanted.offset > 0:
        links.append(to(max(0, wanted.offset - wanted.limit), "prev"))
    return links


def _link(request: Request, path: str, rel: str, kind: str, title: str) -> dict[str, str]:
    href = str(request.base_url).rstrip("/") + path
    return {"href": href, "rel": rel, "type": kind, "title": title}


def _answer(
    request: Request,
    page: str,
    content: dict[str, Any],
    *,
    crs_uri: str | None = None,
    layer: Layer | None = None,
) -> Response:
    """Answer as HTML when `f=html` or a browser asks, else as (Geo)JSON."""
    asked = request.query_params.get("f")
    if asked not in {None, "json", "html"}:
        raise _bad(f"f {asked!r} is not offered: use json or html")
    accept = request.headers.get("accept", "")
    if asked == "html" or (asked is None and accept.startswith(HTML)):
        return render(request, page, content, layer)
    headers = {"Content-Crs": f"<{crs_uri}>"} if crs_uri else None
    kind = GEOJSON if page in {"items", "item"} else JSON
    return JSONResponse(content, headers=headers, media_type=kind)
