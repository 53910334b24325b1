"""How names sound: pinyin without tones, every reading, and sounds that are taken for another."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product

from pypinyin import Style, pinyin

_RUNS = re.compile(r"[一-鿿]+|[^一-鿿]")  # Han together, for the reading depends on the word
MOST_READINGS = 8  # of a whole name; one of eight characters may have hundreds

# Pairs that many speakers of northern Mandarin and Jin do not keep apart.
_ALIKE = (
    ("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l"),
)  # fmt: skip
_ENDS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


@lru_cache(65536)
def readings(character: str) -> frozenset[str]:
    """Return all ways to say one character, without tones; itself if it is not Han."""
    return frozenset(pinyin(character, style=Style.NORMAL, heteronym=True)[0])


def syllables(name: str) -> tuple[str, ...]:
    """Return the usual reading of a name, a syllable a character; `v` stands for ü."""
    said: list[str] = []
    for run in _RUNS.findall(name):
        said += [one[0] for one in pinyin(run, style=Style.NORMAL)]
    return tuple(said)


def spellings(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a name in full pinyin and by its initials, in its usual reading and in the others."""
    every = [sorted(readings(character)) for character in name]
    said = dict.fromkeys([syllables(name), *islice(product(*every), MOST_READINGS)])
    full = dict.fromkeys("".join(one) for one in said)
    short = dict.fromkeys("".join(syllable[:1] for syllable in one) for one in said)
    return tuple(full), tuple(short)


@lru_cache(65536)
def unlikeness(one: str, other: str) -> float:
    """Return how far two characters are apart: 0 the same, 0.25 one sound, 1 nothing in common."""
    if one == other:
        return 0.0
    said, heard = readings(one), readings(other)
    if said & heard:
        return 0.25
    if any(_sounds_like(a, b) for a in said for b in heard):
        return 0.45
    return 1.0


def _sounds_like(one: str, other: str) -> bool:
    return _blurred(one) == _blurred(other)


@lru_cache(4096)
def _blurred(syllable: str) -> str:
    for clear, blurred in _ALIKE:
        if syllable.startswith(clear):
            syllable = blurred + syllable[len(clear) :]
            break
    for clear, blurred in _ENDS:
        if syllable.endswith(clear):
            return syllable[: -len(clear)] + blurred
    return syllable


def likeness(given: str, name: str) -> float:
    """
    Return how alike two names are, 1 the same, 0 nothing.

    An alignment of their characters (Levenshtein) in which a character of the same sound costs
    0.25, one of a similar sound 0.45, one left out 0.6 and one too many 0.8.
    """
    row = [0.6 * j for j in range(len(name) + 1)]
    for i, character in enumerate(given, 1):
        above, row = row, [0.8 * i]
        for j, other in enumerate(name, 1):
            row.append(
                min(
                    above[j - 1] + unlikeness(character, other),
                    above[j] + 0.8,
                    row[j - 1] + 0.6,
                )
            )
    return max(0.0, 1.0 - row[-1] / max(len(given), len(name), 1))
