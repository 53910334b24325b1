"""Names in memory: which of them fit what was said, how well and why."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz, process

from layers.gazetteer.entries import KIND_ZH, Entry, NameKind
from layers.gazetteer.sounds import likeness, spellings, syllables
from layers.gazetteer.words import is_latin, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What is said for short: the end of a name may be left out.
ENDINGS = (
    "家属院", "宿舍楼", "小区", "新区", "社区", "街道", "花园", "家园", "公寓", "宿舍", "大院",
    "大街", "大道", "新村", "住宅区", "院", "苑", "街", "路", "巷",
)  # fmt: skip
LEAST = 0.5  # a name less alike is no answer
LEAST_LETTERS = 5  # fewer are initials, not pinyin with a slip
ONE_SOUND = 0.85  # one of two characters is another of the same sound
LOOKED_AT = 40  # names that are compared character by character


class Why(NamedTuple):
    """Why a place is an answer, in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Match:
    """An entry whose name fits, how well (1 is its very name) and why."""

    entry: Entry
    score: float
    why: Why


class _Named(NamedTuple):
    text: str
    kind: NameKind
    entry: Entry


class NameIndex:
    """All names of a set of entries; never changes."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._names = [
            _Named(normalise(name), kind, entry)
            for entry in entries
            for name, kind in entry.names()
            if name
        ]
        self._texts = [named.text for named in self._names]
        self._sounds = [" ".join(syllables(text)) for text in self._texts]
        self._exact: dict[str, list[_Named]] = defaultdict(list)
        self._full: dict[str, list[_Named]] = defaultdict(list)
        self._short: dict[str, list[_Named]] = defaultdict(list)
        for named in self._names:
            self._exact[named.text].append(named)
            full, short = spellings(named.text)
            for spelled in full:
                self._full[spelled].append(named)
            for spelled in short:
                self._short[spelled].append(named)
        for named in self._names:
            if named.entry.name_en:
                self._full[normalise(named.entry.name_en).replace(" ", "")].append(named)
        self._codes = {normalise(named.entry.code): named.entry for named in self._names}
        self._beginnings = {
            id(table): sorted(table) for table in (self._exact, self._full, self._short)
        }

    def match(self, given: str) -> list[Match]:
        """Return the entries whose names fit a normalised one, each once, the best first."""
        best: dict[int, Match] = {}
        for match in self._matches(given):
            known = best.get(id(match.entry))
            if known is None or match.score > known.score:
                best[id(match.entry)] = match
        return sorted(best.values(), key=lambda match: -match.score)

    def exactly(self, given: str) -> Iterator[Match]:
        """Yield the entries of which a normalised text is a code, a name, or the name in pinyin."""
        if given in self._codes:
            yield Match(self._codes[given], 1.0, Why("编码相符", "its code"))
        for named in self._exact.get(given, ()):
            yield Match(named.entry, *_exactly(named))
        for named in self._full.get(given.replace(" ", ""), ()):
            yield Match(named.entry, 0.97 - _less(named), Why("拼音相符", "its pinyin"))

    def _matches(self, given: str) -> Iterator[Match]:
        if not given:
            return
        yield from self.exactly(given)
        if is_latin(given):
            yield from self._spelled(given)
            return
        yield from self._said(given)
        if len(given) > 1:
            yield from self._alike(given)

    def _said(self, given: str) -> Iterator[Match]:
        for named in self._beginning(self._exact, given):
            ending = named.text[len(given) :]
            score = 0.9 if ending in ENDINGS else 0.7 + 0.2 * len(given) / len(named.text)
            yield Match(named.entry, score, Why(f"“{named.text}”的开头", f"begins {named.text}"))
        if len(given) > 1:
            for named in self._names:
                if given in named.text[1:]:
                    score = 0.64 + 0.2 * len(given) / len(named.text)
                    why = Why(f"“{named.text}”的一部分", f"part of {named.text}")
                    yield Match(named.entry, score, why)

    def _spelled(self, given: str) -> Iterator[Match]:
        for named in self._short.get(given, ()):
            yield Match(named.entry, 0.93 - _less(named), Why("拼音首字母相符", "its initials"))
        for named in self._beginning(self._full, given):
            yield Match(named.entry, 0.77, Why("拼音开头相符", "its pinyin begins so"))
        for named in self._beginning(self._short, given):
            yield Match(named.entry, 0.73, Why("拼音首字母开头相符", "its initials begin so"))
        if len(given) >= LEAST_LETTERS:
            for spelled, ratio, _ in process.extract(
                given, list(self._full), scorer=fuzz.ratio, limit=10, score_cutoff=80
            ):
                for named in self._full[spelled]:
                    yield Match(named.entry, ratio / 125, Why("拼音相近", "nearly its pinyin"))

    def _alike(self, given: str) -> Iterator[Match]:
        sound = " ".join(syllables(given))
        least = LEAST if len(given) > 2 else ONE_SOUND  # noqa: PLR2004  two characters say little
        near = process.extract(given, self._texts, scorer=fuzz.ratio, limit=LOOKED_AT)
        heard = process.extract(sound, self._sounds, scorer=fuzz.ratio, limit=LOOKED_AT)
        for row in {row for _, _, row in (*near, *heard)}:
            named = self._names[row]
            alike = likeness(given, named.text)
            if least <= alike < 1.0:
                same = self._sounds[row] == sound
                why = (
                    Why(f"与“{named.text}”同音", f"sounds like {named.text}")
                    if same
                    else Why(f"与“{named.text}”相近", f"close to {named.text}")
                )
                yield Match(named.entry, 0.96 * alike - _less(named), why)

    def _beginning(self, table: dict[str, list[_Named]], given: str) -> Iterator[_Named]:
        keys = self._beginnings[id(table)]
        for key in keys[bisect_left(keys, given) :]:
            if not key.startswith(given):
                return
            if key != given:
                yield from table[key]


def _exactly(named: _Named) -> tuple[float, Why]:
    if named.kind is NameKind.OFFICIAL:
        return 1.0, Why("名称相符", "its name")
    zh = f"{KIND_ZH[named.kind]}“{named.text}”相符"
    return 0.98, Why(zh, f"its {named.kind.value} name {named.text}")


def _less(named: _Named) -> float:
    return 0.0 if named.kind is NameKind.OFFICIAL else 0.02
