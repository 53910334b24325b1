"""Find places by name or code: what is in the city, and in which community."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

MAX_WORDS = 100  # longer texts are not names


@dataclass(frozen=True, slots=True)
class Place:
    """One named place with its box in degrees (west, south, east, north)."""

    kind: str
    code: str
    name: str
    name_en: str | None
    lon: float
    lat: float
    bbox: tuple[float, float, float, float]
    within: str | None


# Exact names first, then beginnings, then parts, then names that sound alike in trigrams.
SEARCH = text("""
with named(kind, rank, code, name, name_en, also, geom) as (
    select 'subdistrict', 1, code, name, name_en, '', geom from subdistricts
        where version_id = :version
    union all select 'community', 2, code, name, name_en, coalesce(official_name, ''), geom
        from communities where version_id = :version
    union all select 'centre', 3, code, name, name_en, coalesce(address, ''), geom
        from service_centres
    union all select 'compound', 4, code, name, name_en, array_to_string(aliases, ' '), geom
        from compounds
    union all select 'street', 5, code, name, name_en, '', geom from streets
        where name is not null
    union all select 'grid', 6, code, name, name_en, '', geom from grids
        where version_id = :version
    union all select 'building', 7, b.code, coalesce(c.name, '') || b.name, b.name_en,
        coalesce(b.address, ''), b.geom
        from (select code, name, null::text as name_en, address, compound_code, geom
              from buildings) b left join compounds c on c.code = b.compound_code
), scored as (
    select *, case
        when name = :q or code = :q then 4
        when starts_with(name, :q) or starts_with(code, :q) or starts_with(also, :q) then 3
        when position(:q in name) > 0 or position(:q in also) > 0
            or position(lower(:q) in lower(coalesce(name_en, ''))) > 0 then 2
        else greatest(similarity(name, :q), similarity(also, :q)) end as score
    from named
), best as (
    -- a street may come in several pieces: one answer a name
    select distinct on (kind, case when kind = 'street' then name else code end) *
    from scored where score >= 0.3
    order by kind, case when kind = 'street' then name else code end, score desc
), top as (
    select * from best order by score desc, rank, length(name), code limit :limit
)
select kind, code, name, name_en, ST_X(at) as lon, ST_Y(at) as lat,
       ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom),
       (select c.name from communities c where c.version_id = :version
            and kind not in ('subdistrict', 'community')
            and ST_Covers(c.geom, at) order by c.code limit 1) as within
from top, lateral (select ST_PointOnSurface(geom)) p(at)
order by score desc, rank, length(name), code
""")


def search(session: Session, words: str, version_id: int, *, limit: int = 10) -> list[Place]:
    """Return places whose name or code fits the words, best first; none for empty words."""
    query = unicodedata.normalize("NFKC", words).strip()[:MAX_WORDS]
    if not query:
        return []
    rows = session.execute(SEARCH, {"q": query, "version": version_id, "limit": limit})
    return [
        Place(kind, code, name, name_en, lon, lat, (west, south, east, north), within)
        for kind, code, name, name_en, lon, lat, west, south, east, north, within in rows
    ]
