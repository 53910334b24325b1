"""The shapes of requests and answers about drafts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import shapely
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas import Answer
from gis.edit import Done, History, Operation, Plan
from layers.drafts.desk import operations
from layers.drafts.views import GridView, view_grids
from layers.models import Draft, DraftOperation, DraftState, IncidentChoice

Label = Annotated[str, Field(min_length=1, max_length=100)]
Note = Annotated[str, Field(max_length=2000)]
OperationIn = Annotated[Operation, Field(discriminator="kind")]
MOST_NUMBERS = 10_000


class Given(BaseModel):
    """Base of what is sent."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class DraftIn(Given):
    """A new draft."""

    label: Label
    note: Note = ""
    base: int | None = Field(default=None, description="A published version; else the latest.")


class WhichIn(Given):
    """Which operation to undo or redo."""

    operation: int | None = Field(default=None, ge=1, description="Else the actor's own last one.")


class NoteIn(Given):
    """Why."""

    note: Note = ""


class ForceIn(Given):
    """How a version is put in force."""

    valid_from: AwareDatetime | None = Field(default=None, description="Now if not given.")
    incidents: IncidentChoice = Field(
        default=IncidentChoice.MOVE,
        description="Whether open incidents go to the grid their place belongs to then.",
    )
    keep: list[str] = Field(
        default_factory=list,
        max_length=MOST_NUMBERS,
        description="Numbers of incidents that stay as they are.",
    )
    accept: dict[str, Annotated[str, Field(min_length=1, max_length=1000)]] = Field(
        default_factory=dict, description="Findings accepted with it: key and reason."
    )


class RollBackIn(ForceIn):
    """How an older version is brought back, and why."""

    label: Label
    note: Note


class DraftOut(Answer):
    """A draft: where it stands and what may be done with it."""

    id: int
    label: str
    note: str
    author: str
    state: DraftState | str
    version: int
    hash: str | None
    base_id: int
    base_is_latest: bool
    published_id: int | None
    superseded: bool
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, draft: Draft, *, base_is_latest: bool, superseded: bool) -> Self:
        """Describe a stored draft."""
        names = cls.model_fields.keys() - {"base_is_latest", "superseded"}
        return cls(
            **{name: getattr(draft, name) for name in names},
            base_is_latest=base_is_latest,
            superseded=superseded,
        )


class DraftList(Answer):
    """Drafts, the latest first."""

    drafts: list[DraftOut]


class EventOut(Answer):
    """A step in the life of a draft."""

    kind: str
    actor: str
    version: int
    note: str
    at: datetime


class OperationOut(Answer):
    """One operation of a draft."""

    number: int
    kind: str
    actor: str
    of: int | None = Field(description="The operation that was undone or redone.")
    operation: dict[str, Any]
    items: list[str] = Field(description="What it changed, as table/code.")
    made_at: datetime | None = None
    seen: int | None = Field(default=None, description="The version its author looked at.")

    @classmethod
    def stored(cls, row: DraftOperation) -> Self:
        """Describe a stored operation."""
        return cls(
            number=row.number,
            kind=row.kind,
            actor=row.actor,
            of=row.of_number,
            operation=row.operation,
            items=[f"{table}/{code}" for table, code, _ in row.changes],
            made_at=row.made_at,
            seen=row.seen,
        )

    @classmethod
    def done(cls, done: Done) -> Self:
        """Describe an operation in memory."""
        step = done.step
        written = operations.dump_python(step.operation, mode="json") if step.operation else {}
        return cls(
            number=step.number,
            kind=written.get("kind") or ("undo" if step.undo else "redo"),
            actor=step.actor,
            of=step.of,
            operation=written,
            items=sorted(map(str, done.changes)),
        )


class OperationList(Answer):
    """Operations of a draft in order; `version` is that of the draft now."""

    version: int
    operations: list[OperationOut]


class GridStateOut(Answer):
    """One grid of a draft with its figures."""

    code: str
    name: str
    name_en: str | None
    community: str
    kind: str
    blocks: int
    households: int
    residents: int
    residents_60_plus: int
    area_m2: float
    compactness: float = Field(description="Polsby-Popper: 1 for a circle.")
    contiguous: bool
    parts: int
    deviation: float | None = Field(description="From the mean of residents, as a share of it.")
    officer: str | None = Field(description='As decided in the draft; "" is nobody.')
    open_cases: int | None = None

    @classmethod
    def of(cls, view: GridView, open_cases: int | None = None) -> Self:
        """Describe a grid."""
        figures = view.figures
        return cls(
            code=view.code,
            name=view.name,
            name_en=view.name_en,
            community=view.community,
            kind=view.kind,
            blocks=figures.blocks,
            **figures.people._asdict(),
            area_m2=round(figures.area_m2, 1),
            compactness=round(figures.compactness, 4),
            contiguous=figures.contiguous,
            parts=figures.parts,
            deviation=None if view.deviation is None else round(view.deviation, 4),
            officer=view.officer,
            open_cases=open_cases,
        )


class StateOut(Answer):
    """All grids of a draft."""

    version: int
    hash: str
    freehand: bool = Field(description="The base was drawn freehand: each grid is one block.")
    grids: list[GridStateOut]


class EditOut(Answer):
    """What one operation has done, so that a map can follow without asking again."""

    version: int
    hash: str
    operation: OperationOut
    merged_over: list[int] = Field(description="Operations of others since the version looked at.")
    grid_of: dict[str, str | None] = Field(description="Blocks given to a grid; null: gone.")
    shapes: dict[str, Any] = Field(description="Blocks with a new shape, as GeoJSON.")
    grids: list[GridStateOut] = Field(description="The grids it touched, as they are now.")
    closed: list[str] = Field(description="Grids that are no more.")

    @classmethod
    def of(cls, history: History, seen: int) -> Self:
        """Describe the last step of a history."""
        done, plan = history.done[-1], history.plan
        tables = {
            table: {item.code: after for item, (_, after) in done.changes.items()
                    if item.table == table}
            for table in ("grid_of", "shapes", "grids", "names", "officers")
        }  # fmt: skip
        touched = {*done.parts, *tables["grids"], *tables["names"], *tables["officers"]}
        shapes = [code for code, block in tables["shapes"].items() if block is not None]
        return cls(
            version=history.version,
            hash=plan.hash,
            operation=OperationOut.done(done),
            merged_over=[*range(seen + 1, history.version)],
            grid_of=tables["grid_of"],
            shapes=block_features(plan, shapes),
            grids=[GridStateOut.of(view) for view in view_grids(plan, touched)],
            closed=sorted(code for code, record in tables["grids"].items() if record is None),
        )


def block_features(plan: Plan, codes: Iterable[str]) -> dict[str, Any]:
    """Write blocks as a GeoJSON feature collection in CGCS2000 degrees."""
    return _collection(
        {
            "type": "Feature",
            "id": code,
            "geometry": _geojson(plan.shapes[code].shape),
            "properties": {
                "grid": plan.grid_of.get(code),
                "kind": plan.shapes[code].kind,
                "compound": plan.shapes[code].compound,
                **plan.shapes[code].people._asdict(),
            },
        }
        for code in sorted(codes)
    )


def grid_features(plan: Plan) -> dict[str, Any]:
    """Write grids as a GeoJSON feature collection in CGCS2000 degrees."""
    return _collection(
        {
            "type": "Feature",
            "id": view.code,
            "geometry": _geojson(plan.dissolved[view.code]),
            "properties": GridStateOut.of(view).model_dump(),
        }
        for view in view_grids(plan)
    )


def _collection(features: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _geojson(shape: Any) -> Any:  # noqa: ANN401 - a geometry, as nested lists
    return shapely.geometry.mapping(shape)
