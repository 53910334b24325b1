"""A plan stored as a boundary version: everything dissolved from blocks, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from geoalchemy2.shape import to_shape
from sqlalchemy import Table, insert, select, text

from gis.partition import (
    EDGE_TOLERANCE_M,
    insert_missing_vertices,
    metres_per_degree,
)
from layers.files.importing import element
from layers.models import (
    Block,
    BoundaryVersion,
    Community,
    Grid,
    GridKind,
    Subdistrict,
    VersionBlock,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gis.edit import Plan
    from layers.drafts.plans import BasePlan

COPIED = ("city_code", "city_name", "city_name_en", "scheme", "edition", "planar_srid", "synthetic")


def store_plan(
    session: Session, base: BasePlan, plan: Plan, *, author: str, label: str, note: str
) -> BoundaryVersion:
    """
    Store a plan as a version that is not published yet.

    Blocks whose shape changed get new codes (the root, a dot, the next number); the others are the
    very blocks of the base. Communities and subdistricts are dissolved from the grids.
    """
    old = session.get_one(BoundaryVersion, base.version_id)
    version = BoundaryVersion(
        **{name: getattr(old, name) for name in COPIED},
        frame=element(_frame(old, plan)),
        author=author,
        label=label,
        note=note,
        base_id=old.id,
    )
    session.add(version)
    session.flush()
    _store_parents(session, old.id, version.id, plan)
    rows = [
        {
            "version_id": version.id,
            "code": code,
            "community_code": record.community,
            "name": plan.names[code].name,
            "name_en": plan.names[code].name_en,
            "kind": GridKind(record.kind),
            "geom": element(plan.dissolved[code]),
            **plan.figures[code].people._asdict(),
        }
        for code, record in sorted(plan.grids.items())
    ]
    _insert(session, Grid, rows)
    ids = _store_blocks(session, base, plan)
    _insert(
        session,
        VersionBlock,
        [
            {"version_id": version.id, "block_id": ids[block], "grid_code": grid}
            for block, grid in sorted(plan.grid_of.items())
        ],
    )
    return version


def _frame(old: BoundaryVersion, plan: Plan) -> Any:  # noqa: ANN401 - a polygon or multipolygon
    """Return what must be covered, with the vertices that cuts have put on the outline."""
    frame = to_shape(old.frame)
    shapes = [frame, *plan.dissolved.values()]
    scale = metres_per_degree(frame.bounds[1])
    mended = insert_missing_vertices(
        cast("list[Any]", shapes), EDGE_TOLERANCE_M, metres_per_unit=scale
    )
    return mended[0]


def _store_parents(session: Session, old_id: int, version_id: int, plan: Plan) -> None:
    """Copy subdistricts and communities, with the ground their grids have now."""
    for model in (Subdistrict, Community):
        table = cast("Table", model.__table__)
        kept = [
            column.name for column in table.columns if column.name not in {"version_id", "geom"}
        ]
        found = session.execute(
            select(*(table.columns[name] for name in kept)).where(
                table.columns.version_id == old_id
            )
        ).mappings()
        rows = [dict(row) for row in found]
        ground = plan.communities(row["code"] for row in rows)
        _insert(
            session,
            model,
            [
                {**row, "version_id": version_id, "geom": element(ground[row["code"]])}
                for row in rows
            ],
        )


def _store_blocks(session: Session, base: BasePlan, plan: Plan) -> dict[str, int]:
    """Store the blocks whose shape is new; return the id of each block of the plan."""
    first = base.plan.ground.blocks
    ids = {
        code: base.block_ids[code]
        for code, block in plan.shapes.items()
        if code in base.block_ids and block.shape is first[code].shape
    }
    fresh = sorted(plan.shapes.keys() - ids.keys())
    if not fresh:
        return ids
    names = _free_codes(session, fresh)
    rows = [
        {
            "code": names[code],
            "geom": element(plan.shapes[code].shape),
            "kind": plan.shapes[code].kind,
            "compound_code": plan.shapes[code].compound,
            **plan.shapes[code].people._asdict(),
        }
        for code in fresh
    ]
    _insert(session, Block, rows)
    found = session.execute(select(Block.code, Block.id).where(Block.code.in_(names.values())))
    stored = {row.code: row.id for row in found}
    return ids | {code: stored[names[code]] for code in fresh}


def _free_codes(session: Session, blocks: list[str]) -> dict[str, str]:
    """Name new blocks after their root, with numbers no stored block has."""
    session.execute(text("select pg_advisory_xact_lock(hashtext('block codes'))"))
    roots = {block.partition(".")[0] for block in blocks}
    known = session.execute(
        text(
            "select split_part(code, '.', 1) as root, "
            "max(coalesce(nullif(split_part(code, '.', 2), ''), '0')::int) as last "
            "from blocks where split_part(code, '.', 1) = any(:roots) group by 1"
        ),
        {"roots": sorted(roots)},
    )
    last = {row.root: row.last for row in known}
    names = {}
    for block in blocks:
        root = block.partition(".")[0]
        last[root] = last.get(root, -1) + 1
        names[block] = f"{root}.{last[root]}" if last[root] else root
    return names


def _insert(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> None:
    session.execute(insert(cast("Table", model.__table__)), rows)
