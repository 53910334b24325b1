"""Which column of a file is which: guessed from the names people use, or said by the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gis.errors import JingweiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class ColumnError(JingweiError):
    """A column is missing, named twice or does not exist."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a layer: its name here, the names it has elsewhere, and how to read it."""

    name: str
    known_as: tuple[str, ...]
    read: Callable[[str], Any] = str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What a layer is made of."""

    layer: str
    title_zh: str
    geometry: str  # "polygon", "line" or "point"
    columns: tuple[Column, ...]


def _whole(value: str) -> int:
    number = float(value)
    if not number.is_integer() or number < 0:
        raise ValueError("not a whole number")
    return int(number)


def _yes(value: str) -> bool:
    word = value.strip().casefold()
    if word in {"1", "true", "t", "yes", "y", "是", "有"}:
        return True
    if word in {"0", "false", "f", "no", "n", "否", "无"}:
        return False
    raise ValueError("not yes or no")


def _listed(value: str) -> list[str]:
    cleaned = value.strip().strip("[]").replace("、", ",").replace(";", ",")
    return [part.strip().strip("\"'") for part in cleaned.split(",") if part.strip()]


_NAME = Column(
    "name", ("名称", "name", "mc", "社区名称", "网格名称", "小区名称", "楼宇名称", "道路名称",
             "wgmc", "sqmc", "jdmc", "xqmc", "lymc", "dlmc", "街道名称"), required=True,
)  # fmt: skip
_NAME_EN = Column("name_en", ("英文名", "name_en", "english"))
_PEOPLE = (
    Column("households", ("户数", "households", "hs", "总户数"), _whole),
    Column("residents", ("人口", "人口数", "residents", "population", "rks", "常住人口"), _whole),
    Column("residents_60_plus",
           ("60岁以上", "老年人口", "residents_60_plus", "res_60plus", "lnrk"), _whole),
)  # fmt: skip


def _code(*known: str) -> Column:
    return Column("code", ("code", "编码", "代码", "bm", "dm", *known), required=True)


FORMS = {
    form.layer: form
    for form in (
        Form("subdistricts", "街道", "polygon", (_code("街道代码", "街道编码", "jddm"), _NAME,
                                                _NAME_EN)),
        Form("communities", "社区", "polygon",
             (_code("社区代码", "社区编码", "sqdm"), _NAME, _NAME_EN,
              Column("subdistrict_code", ("街道代码", "subdistrict_code", "subd_code")),
              Column("official_name", ("全称", "official_name", "offic_name")),
              Column("service_region_code", ("片区", "service_region_code", "region")))),
        Form("grids", "网格", "polygon",
             (_code("网格代码", "网格编码", "wgdm", "wgbm", "grid_code", "grid_id"), _NAME,
              _NAME_EN,
              Column("community_code", ("社区代码", "社区编码", "sqdm", "community_code",
                                        "comm_code")),
              Column("kind", ("类型", "网格类型", "kind", "wglx")), *_PEOPLE)),
        Form("compounds", "小区", "polygon",
             (_code("小区代码", "小区编码", "xqdm"), _NAME, _NAME_EN,
              Column("aliases", ("别名", "aliases"), _listed),
              Column("kind", ("类型", "kind")))),
        Form("buildings", "楼宇", "polygon",
             (_code("楼宇代码", "楼栋编码", "lydm"), _NAME, Column("kind", ("类型", "kind")),
              Column("compound_code", ("小区代码", "compound_code", "comp_code")),
              Column("address", ("地址", "address", "dz")),
              Column("floors", ("层数", "floors", "cs"), _whole),
              Column("entrances", ("单元数", "entrances", "dys"), _whole), *_PEOPLE)),
        Form("streets", "道路", "line",
             (_code("道路代码", "dldm"),
              Column("name", ("名称", "name", "道路名称", "dlmc")), _NAME_EN,
              Column("class", ("等级", "class", "道路等级"), required=True),
              Column("bridge", ("桥梁", "bridge"), _yes),
              Column("steps", ("台阶", "steps"), _yes))),
    )
}  # fmt: skip


def guess(form: Form, names: list[str], said: Mapping[str, str] | None = None) -> dict[str, str]:
    """
    Match the columns of a layer with those of a file.

    Parameters
    ----------
    names
        What the file has.
    said
        What the user says: ours -> theirs; it goes before any guess.

    Returns
    -------
    mapping
        Ours -> theirs, in the order of the form.

    Raises
    ------
    ColumnError
        If a column that was said does not exist here or there, or a required one is not found.
    """
    said = dict(said or {})
    ours = {column.name for column in form.columns}
    for mine, theirs in said.items():
        if mine not in ours:
            raise ColumnError(f"{form.layer} have no column {mine!r}: {', '.join(sorted(ours))}")
        if theirs not in names:
            raise ColumnError(f"the file has no column {theirs!r}; it has {_list(names)}")
    by_name = {name.strip().casefold(): name for name in reversed(names)}
    mapping: dict[str, str] = {}
    for column in form.columns:
        found = said.get(column.name) or next(
            (
                by_name[known]
                for known in column.known_as
                if known in by_name and by_name[known] not in mapping.values()
            ),
            None,
        )
        if found is not None:
            mapping[column.name] = found
        elif column.required:
            raise ColumnError(
                f"no column of the file looks like the {column.name} of {form.layer}; it has "
                f"{_list(names)}. Say which, for example --columns {column.name}={names[0]}"
                if names
                else f"the file has no columns; {form.layer} need at least {column.name}"
            )
    return mapping


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none"
