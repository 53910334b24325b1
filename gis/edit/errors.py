"""What a planner's operation can do wrong, in Chinese and in English."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gis.errors import JingweiError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 5


class Allow(StrEnum):
    """What an operation may do although it is usually a mistake."""

    BROKEN = "broken"  # leave a grid in more parts than before
    EMPTIED = "emptied"  # take the last block of a grid; the grid is closed
    ACROSS = "across"  # move blocks to another community, whose border moves with them
    CUT_COMPOUND = "cut_compound"  # cut the block of a compound in two


class EditError(JingweiError):
    """
    An operation is refused and nothing was changed.

    `ids` are the things concerned; `allow`, if set, names what to allow to do it all the same.
    """

    def __init__(
        self, zh: str, en: str, ids: Iterable[str] = (), *, allow: Allow | None = None
    ) -> None:
        if allow is not None:
            zh += f"；确需如此，请在 allow 中加入 {allow.value}"
            en += f"; if it is meant so, put {allow.value!r} into 'allow'"
        self.zh, self.en, self.ids, self.allow = zh, en, tuple(ids), allow
        super().__init__(en)


class ClashError(EditError):
    """What an operation needs has been changed by a later one."""


def listed(ids: Iterable[str]) -> str:
    """Write the first few ids and how many more there are."""
    codes = sorted(ids)
    more = f" (+{len(codes) - _SHOWN})" if len(codes) > _SHOWN else ""
    return ", ".join(codes[:_SHOWN]) + more
