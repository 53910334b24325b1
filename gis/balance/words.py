"""Bounds and proofs in a planner's words, Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.balance.pieces import Cause, Force

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.balance.bounds import Bound, Standing
    from gis.balance.problem import Codes, Floats, Problem

_MOST_NAMED = 3
Both = tuple[str, str]
"""A sentence in Chinese and in English."""

_FORCES = {
    Force.HEAVY: (
        "地块 {blocks} 单独就有 {held} 个平均网格的{weight}，所在网格至少超出 {off}。",
        "Block {blocks} alone holds {held} mean grids of {weight}: its grid is {off} over.",
    ),
    Force.REST: (
        "其余网格（{grids} 个）的{weight}平均为均值的 {held}，偏差 {off}；一个更近，别的就更远。",
        (
            "The others ({grids}) are left {held} of a mean grid of {weight} each, {off} off:"
            " bring one nearer and the rest go further."
        ),
    ),
    Force.PIECE: (
        (
            "地块 {blocks} 只经其中一块与外界相连，合计 {held} 个平均网格的{weight}，"
            "怎样切分都至少有一个网格偏差 {off}。"
        ),
        (
            "Blocks {blocks} hang on the rest by one of them and hold {held} mean grids of"
            " {weight}: wherever they are cut, some grid is {off} off at least."
        ),
    ),
    Force.PART: (
        (
            "地块 {blocks} 与其余部分既不相邻也无桥，共 {held} 个平均网格的{weight}，不成整数，"
            "至少有一个网格偏差 {off}。"
        ),
        (
            "No border or bridge joins blocks {blocks} to the rest. They hold {held} mean grids of"
            " {weight}, no whole number: some grid is {off} off at least."
        ),
    ),
    Force.LOCKED: (
        "网格 {blocks} 整体锁定，为 {held} 个平均网格的{weight}，偏差 {off}。",
        "Grid {blocks} is locked whole with {held} mean grids of {weight}, {off} off.",
    ),
    Force.SEARCH: (
        "穷尽搜索证明：在连通的前提下，任何划分都至少有一个网格的{weight}偏差超过 {off}。",
        (
            "A search through all contiguous plans proves: in each of them some grid is more than"
            " {off} off in {weight}."
        ),
    ),
}
_PROVEN = {
    "outside": (
        "已证明：超出容差的网格数（{count}）不可能更少。",
        "Proven: no plan has fewer grids outside than these {count}.",
    ),
    "excess": (
        "已证明：超出容差的总量不可能更小，每个超差网格都在其中。",
        "Proven: what grids are beyond the tolerance cannot sum to less than it does here.",
    ),
    "worst": (
        "已证明：最大偏差不可能更小；其余网格能否更好，没有证明。",
        "Proven: the worst deviation cannot be smaller. Of the other grids nothing is proven.",
    ),
    "": (
        "尚无证明：下界为最大偏差 {bound}，可能还有更好的方案。",
        "No proof: the worst deviation cannot be below {bound}, but there may be a better plan.",
    ),
}
_NAMES_ZH = {
    "people": "人口", "residents": "人口", "population": "人口", "households": "户数",
    "residents_60_plus": "60 岁以上人口", "elderly": "60 岁以上人口", "cases": "事件量",
}  # fmt: skip


def name_zh(weight: str) -> str:
    """Return the Chinese name of a weight that has one, or the name itself."""
    return _NAMES_ZH.get(weight, weight)


def percent(share: float, digits: int = 1) -> str:
    """Write a share as a percentage."""
    return f"{100 * share:.{digits}f} %"


def cause_in_words(cause: Cause, names: Codes) -> Both:
    """Say one reason."""
    named = cause.blocks[:_MOST_NAMED]
    more = len(cause.blocks) - len(named)
    weight = names[cause.weight]
    zh, en = _FORCES[cause.force]
    shared = {
        "held": f"{cause.held:.2f}",
        "off": percent(cause.deviation, 2),
        "grids": str(cause.grids),
    }
    return (
        zh.format(
            blocks="、".join(named) + (f" 等 {len(cause.blocks)} 块" if more > 0 else ""),
            weight=name_zh(weight),
            **shared,
        ),
        en.format(
            blocks=", ".join(named) + (f" and {more} more" if more > 0 else ""),
            weight=weight,
            **shared,
        ),
    )


def bound_in_words(bound: Bound, names: Codes) -> Iterator[Both]:
    """Say what holds for every plan of a parent: the reasons, then the people who must move."""
    yield from (cause_in_words(cause, names) for cause in bound.causes)
    if bound.moved:
        limit = percent(bound.limits[0])
        yield (
            f"要使偏差都在 {limit} 以内，至少 {bound.moved:,.0f}（{name_zh(names[0])}）须换网格。",
            f"For grids within {limit} at least {bound.moved:,.0f} {names[0]} must change grid.",
        )


def standing_in_words(problem: Problem, standing: Standing) -> list[Both]:
    """
    Say how a plan of a parent stands against its bound.

    First each grid outside with its deviation, then the reasons, the proof, and who moves; nothing
    where all is inside and nobody must move.
    """
    names = problem.weight_names
    told = [_outside(code, off, problem.tolerance, names) for code, off in standing.outside]
    told += list(bound_in_words(standing.bound, names))
    if standing.outside:
        zh, en = _PROVEN[standing.proven_by]
        worst = max(standing.bound.worst)
        values = {"count": len(standing.outside), "bound": percent(worst, 2)}
        told.append((zh.format(**values), en.format(**values)))
    if standing.bound.moved:
        told.append(
            (
                f"本方案中换网格的{name_zh(names[0])}：{standing.moved:,.0f}。",
                f"In this plan {standing.moved:,.0f} {names[0]} change grid.",
            )
        )
    return told


def _outside(code: str, off: tuple[float, ...], tolerance: Floats, names: Codes) -> Both:
    beyond = [
        (name, share)
        for name, share, limit in zip(names, off, tolerance.tolist(), strict=True)
        if abs(share) > limit
    ]
    zh = "，".join(f"{name_zh(name)} {100 * share:+.2f} %" for name, share in beyond)
    en = ", ".join(f"{name} {100 * share:+.2f} %" for name, share in beyond)
    return f"网格 {code} 超出容差：{zh}。", f"Grid {code} is outside: {en}."
