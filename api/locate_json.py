"""
The JSON of `GET /locate` put together from parts that are written once a version of the city.

The model `LocateOut` writes the parts, and a test compares the whole with what it writes: a name
with quotation marks or a field that is added is its business, not ours.
"""

from json.encoder import encode_basestring as _text  # as dumps(…, ensure_ascii=False), at once
from typing import TYPE_CHECKING

from pydantic_core import to_json

from api.schemas import OfficerOut, UnitOut, VersionOut

if TYPE_CHECKING:
    from gis.datum import Datum
    from gis.locator import Neighbour
    from layers.assignment import Assignment
    from layers.boundaries import CityMap, Unit
    from layers.officers import OnDuty

_PLAIN, _LONG = 1e-4, 1e16  # between these Python writes a number as JSON here does
_NONE = '"grid":null,"community":null,"subdistrict":null'


class LocateJson:
    """Writes answers by one map; keeps what it has written of grids and officers."""

    def __init__(self, city: "CityMap") -> None:
        self.city = city
        self._version = VersionOut.model_validate(city.version).model_dump_json()
        self._units: dict[str, str] = {}
        self._near: dict[str, str] = {}
        self._officers: dict[OnDuty | None, str] = {None: "null"}

    def write(
        self, given: "tuple[float, float, Datum]", place: "Assignment", officer: "OnDuty | None"
    ) -> str:
        """Write what `LocateOut.of` would, to the letter; `given` are lon, lat and their datum."""
        lon, lat, datum = given
        there = as_given = f'"lon":{_number(lon)},"lat":{_number(lat)}'
        if (place.lon, place.lat) != (lon, lat):
            there = f'"lon":{_number(place.lon)},"lat":{_number(place.lat)}'
        border_m = _number(round(place.border_distance_m, 3))
        nearest = "null" if place.nearest is None else self._neighbour(place.nearest)
        neighbours = ",".join(map(self._neighbour, place.neighbours))
        return (
            f'{{"given":{{{as_given},"datum":"{datum.value}"}},"point":{{{there}}},'
            f'"how":"{place.how}",{self._grid(place.grid)},"border_distance_m":{border_m},'
            f'"nearest":{nearest},"neighbours":[{neighbours}],'
            f'"officer":{self._officer(officer)},"queue":"{place.queue}",'
            f'"reason":{{"zh":{_text(place.reason.zh)},"en":{_text(place.reason.en)}}},'
            f'"version":{self._version}}}'
        )

    def _grid(self, grid: "Unit | None") -> str:
        if grid is None:
            return _NONE
        written = self._units.get(grid.code)
        if written is None:
            units = {
                "grid": grid,
                "community": self.city.community_of(grid.code),
                "subdistrict": self.city.subdistrict_of(grid.code),
            }
            written = ",".join(f'"{level}":{_unit(unit)}' for level, unit in units.items())
            self._units[grid.code] = written
        return written

    def _neighbour(self, near: "Neighbour") -> str:
        written = self._near.get(near.code)
        if written is None:
            written = f'{_unit(self.city.grids[near.code])[:-1]},"distance_m":'
            self._near[near.code] = written
        return f"{written}{_number(round(near.distance_m, 3))}}}"

    def _officer(self, officer: "OnDuty | None") -> str:
        written = self._officers.get(officer)
        if written is None:
            written = OfficerOut.model_validate(officer).model_dump_json()
            self._officers[officer] = written
        return written


def _unit(unit: "Unit") -> str:
    return UnitOut.model_validate(unit).model_dump_json()


def _number(value: float) -> str:
    if value == 0.0 or _PLAIN <= abs(value) < _LONG:
        return repr(value)
    return to_json(value, inf_nan_mode="null").decode()
