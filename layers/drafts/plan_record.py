"""What an operation did, as JSON that can be kept for years and read back without the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import shapely

from gis.edit import Block, GridName, GridRecord, Item, People
from gis.errors import JingweiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely import MultiPolygon, Polygon

    from gis.edit import Plan
    from gis.edit.items import Changes

_TABLES = ("shapes", "grid_of", "grids", "names", "officers")


def write_changes(changes: Changes, plan: Plan) -> list[list[Any]]:
    """Write what changes left of each item: table, code, value."""
    return [[item.table, item.code, _written(after, plan)] for item, (_, after) in changes.items()]


def read_changes(rows: Sequence[Sequence[Any]], plan: Plan) -> dict[Item, Any]:
    """Read what changes left of each item."""
    numbers: dict[str, int] = {}
    if any(table == "shapes" for table, _, _ in rows):
        numbers = {code: row for row, code in enumerate(plan.ground.buildings.codes)}
    return {read_item(f"{table}/{code}"): _read(table, value, numbers)
            for table, code, value in rows}  # fmt: skip


def read_item(text: str) -> Item:
    """
    Read an item as it is written.

    Raises
    ------
    JingweiError
        If it is none.
    """
    table, _, code = text.partition("/")
    for known in _TABLES:
        if table == known:
            return Item(known, code)  # type: ignore[arg-type]  # one of the five
    raise JingweiError(f"{text!r} is no item of a plan: it begins with one of {_TABLES}")


def _written(value: Any, plan: Plan) -> Any:  # noqa: ANN401 - any value of an item
    if not isinstance(value, Block):
        return list(value) if isinstance(value, tuple) else value
    return {
        "wkb": value.written().hex(),
        "people": list(value.people),
        "kind": value.kind,
        "compound": value.compound,
        "buildings": [plan.ground.buildings.codes[row] for row in value.buildings],
    }


def _read(table: str, value: Any, numbers: Mapping[str, int]) -> Any:  # noqa: ANN401 - as above
    if value is None:
        return None
    if table == "grids":
        return GridRecord(*value)
    if table == "names":
        return GridName(*value)
    if table != "shapes":
        return value
    return Block(
        cast("Polygon | MultiPolygon", shapely.from_wkb(bytes.fromhex(value["wkb"]))),
        People(*value["people"]),
        value["kind"],
        value["compound"],
        tuple(numbers[code] for code in value["buildings"] if code in numbers),
    )
