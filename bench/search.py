"""
Finding a place by what a caller says: hits and time over generated queries of every kind.

    python bench/search.py [--queries 4000] [--seed 7] [--show KIND]

The city is made of 237 compounds with near-twin names (50 stems, 10 endings), their buildings and
a few streets with door plates: 1,600 places. A query is *ambiguous* where what was said fits
another place just as well (the same initials, the same sound, the same name with a character
lost, with a building of that number); such queries are counted apart. Nothing is tuned per query.
"""

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from opencc import OpenCC
from shapely import LineString, box

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from layers.gazetteer import Entry, Finder, NameKind
from layers.gazetteer.sounds import readings, spellings, syllables
from layers.gazetteer.words import normalise

FIRST = "太和|文峰|西河|胜利|府学|建昌|永和|庆成|汾州|杏花|丰泽|石塔|鼓楼|望春|崇文|东关"
FIRST += "|北门|新开|幸福|籽城"
SECOND = "桥|塔|园|泉|湖|坊|门|岭"
ENDINGS = ["小区", "新区", "花园", "家园", "公寓", "南苑", "北苑", "家属院", "新村", "华庭"]
FORMER = [
    "纺织厂",
    "农机厂",
    "粮食局",
    "供销社",
    "酒厂",
    "糖业公司",
    "运输队",
    "棉麻公司",
    "机床厂",
    "水泥厂",
]
STREETS = ["永和大街", "胜利路", "府前街", "学院路", "汾酒大道", "富民北路"]
DIGITS = "零一二三四五六七八九"
TRADITIONAL = OpenCC("s2t")
COMPOUNDS, BUILDINGS = 237, 1245


class Target(NamedTuple):
    """What a query means: the entry, the number behind it, the label of the right answer."""

    entry: Entry
    number: str
    entrance: int
    label: str


def make_city(rng: random.Random) -> list[Entry]:
    """Make the places: compounds with buildings, streets with plates, communities."""
    stems = [first + second for first in FIRST.split("|") for second in SECOND.split("|")]
    stems = [*FIRST.split("|"), *rng.sample(stems, 30)]
    names = rng.sample([stem + ending for stem in stems for ending in ENDINGS], COMPOUNDS)
    counts = np.bincount(
        np.random.default_rng(rng.randrange(2**32)).integers(0, COMPOUNDS, BUILDINGS - COMPOUNDS),
        minlength=COMPOUNDS,
    )
    entries = [_compound(i, name, int(counts[i]) + 1) for i, name in enumerate(names)]
    for i, name in enumerate(STREETS):
        y = -200.0 - 100 * i
        plates = {
            str(n): Entry(
                "building", f"p{i}-{n}", f"{name}{n}号", box(20 * n, y, 20 * n + 9, y + 9)
            )
            for n in range(1, 20)
        }
        line = LineString([(0, y), (4000, y)])
        entries.append(Entry("street", f"s{i}", name, line, buildings=plates))
    return entries


def _compound(i: int, name: str, buildings: int) -> Entry:
    x, y = 200.0 * (i % 16), 200.0 * (i // 16)
    units = {
        str(n): Entry("building", f"b{i}-{n}", f"{n}号楼", box(x + 5 * n, y, x + 5 * n + 4, y + 9))
        for n in range(1, buildings + 1)
    }
    others: list[tuple[str, NameKind]] = []
    if i % 4 == 0:
        others.append((f"{FORMER[i // 4 % 10]}{DIGITS[1 + i // 40]}院", NameKind.FORMER))
    if i % 4 == 1:
        others.append((f"老{name[:2]}{DIGITS[1 + i // 30]}号大院", NameKind.COLLOQUIAL))
    community = f"{name[:2]}社区"
    return Entry(
        "compound", f"c{i}", name, box(x, y, x + 150, y + 150), others=tuple(others),
        within=community, around=frozenset({community}), buildings=units,
    )  # fmt: skip


# ---- what is said ----------------------------------------------------------------------------


def numeral(number: str) -> str:
    """Write a number below 100 as it is said."""
    n = int(number)
    tens, ones = divmod(n, 10)
    if not tens:
        return DIGITS[n]
    return (DIGITS[tens] if tens > 1 else "") + "十" + (DIGITS[ones] if ones else "")


def wide(text: str) -> str:
    """Write digits in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)


def same_sound(rng: random.Random, name: str, characters: dict[str, list[str]]) -> str | None:
    """Replace one character by another of the same sound."""
    places = [i for i, c in enumerate(name) if len(characters.get(syllables(c)[0], ())) > 1]
    if not places:
        return None
    i = rng.choice(places)
    others = [c for c in characters[syllables(name[i])[0]] if c != name[i]]
    return name[:i] + rng.choice(others) + name[i + 1 :]


def dropped(rng: random.Random, name: str) -> str:
    """Leave one character out."""
    i = rng.randrange(len(name))
    return name[:i] + name[i + 1 :]


def common_characters() -> dict[str, list[str]]:
    """Return characters of everyday use (GB 2312, level 1) by their usual sound."""
    table = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes([high, low]).decode("gb2312")
            except UnicodeDecodeError:
                continue
            table[syllables(character)[0]].append(character)
    return table


Said = Callable[[Target], str | None]
Fits = Callable[[str, Entry], bool]


def also_named(said: str, e: Entry) -> bool:
    """Tell whether another name of a place was said."""
    return any(said.startswith(other) for other, _ in e.others)


def is_named(said: str, e: Entry) -> bool:
    """Tell whether its name was said, in any script."""
    return normalise(said).startswith(normalise(e.name))


def sounds(said: str, e: Entry) -> bool:
    """Tell whether what was said sounds like its name."""
    heard = said[: len(e.name)]
    return len(heard) == len(e.name) and all(
        readings(a) & readings(b) for a, b in zip(heard, e.name, strict=True)
    )


def loses(said: str, e: Entry) -> bool:
    """Tell whether it is its name, or its name with a character lost."""
    rest = said.split("|", maxsplit=1)[0]
    return rest == e.name or rest in {e.name[:i] + e.name[i + 1 :] for i in range(len(e.name))}


def other_name(kind: NameKind) -> Said:
    """Say another name."""

    def say(t: Target) -> str | None:
        named = [n for n, k in t.entry.others if k is kind]
        return f"{named[0]}{t.number}号楼" if named else None

    return say


def kinds(rng: random.Random) -> dict[str, tuple[Said, Fits]]:
    """Return for each kind how a target is said, and whether an entry fits the words as well."""
    characters = common_characters()

    def tail(t: Target) -> str:
        return f"{t.number}号楼{t.entrance}单元"

    def wrong(t: Target) -> str | None:
        said = same_sound(rng, t.entry.name, characters)
        return said and said + tail(t)

    def numerals(t: Target) -> str:
        return f"{t.entry.name}{numeral(t.number)}号楼{numeral(str(t.entrance))}单元"

    def from_province(t: Target) -> str:
        return f"山西省吕梁市汾阳市{t.entry.within}{t.entry.name}{tail(t)}"

    def in_traditional(t: Target) -> str:
        return TRADITIONAL.convert(t.entry.name + tail(t))

    return {
        "as written": (lambda t: t.entry.name + tail(t), is_named),
        "short (3号2单元)": (lambda t: f"{t.entry.name}{t.number}号{t.entrance}单元", is_named),
        "dashes (3-2-301)": (lambda t: f"{t.entry.name}{t.number}-{t.entrance}-301", is_named),
        "province to community": (from_province, lambda said, e: e.name in said),
        "Chinese numerals": (numerals, is_named),
        "full width": (lambda t: wide(t.entry.name + tail(t)), is_named),
        "traditional": (in_traditional, is_named),
        "wrong character, same sound": (wrong, sounds),
        "a character dropped": (lambda t: dropped(rng, t.entry.name) + "|" + tail(t), loses),
        "initials (thqxq 3)": (
            lambda t: f"{spellings(t.entry.name)[1][0]} {t.number}",
            lambda said, e: said.split()[0] in spellings(e.name)[1],
        ),
        "full pinyin": (
            lambda t: f"{spellings(t.entry.name)[0][0]} {t.number}",
            lambda said, e: said.split()[0] in spellings(e.name)[0],
        ),
        "colloquial name": (other_name(NameKind.COLLOQUIAL), also_named),
        "former name": (other_name(NameKind.FORMER), also_named),
        "ending left off": (
            lambda t: _stem(t.entry.name) + tail(t),
            lambda said, e: said.startswith(_stem(e.name)),
        ),
    }


def _stem(name: str) -> str:
    return next(name[: -len(ending)] for ending in ENDINGS if name.endswith(ending))


# ---- the measurement -------------------------------------------------------------------------


class Row(NamedTuple):
    """One query and what came of it: the place of the right answer, 0 if it was not given."""

    said: str
    target: Target
    is_ambiguous: bool
    rank: int
    ms: float


def ask(finder: Finder, said: str, target: Target, *, is_ambiguous: bool) -> Row:
    """Ask once."""
    words = said.replace("|", "")
    began = time.perf_counter()
    found = finder.find(words)
    ms = (time.perf_counter() - began) * 1e3
    labels = [one.label for one in found.candidates]
    rank = labels.index(target.label) + 1 if target.label in labels else 0
    return Row(words, target, is_ambiguous, rank, ms)


def measure(queries: int, seed: int) -> dict[str, list[Row]]:
    """Ask all kinds of queries about random buildings."""
    rng = random.Random(seed)
    city = make_city(rng)
    finder = Finder(city, city="汾阳市")
    compounds = [entry for entry in city if entry.kind == "compound"]
    said = kinds(rng)
    rows: dict[str, list[Row]] = {kind: [] for kind in said}
    for kind, (say, fits) in said.items():
        while len(rows[kind]) < queries // len(said):
            entry = rng.choice(compounds)
            number = rng.choice(list(entry.buildings))
            target = Target(entry, number, rng.randint(1, 4), f"{entry.name}{number}号楼")
            words = say(target)
            if words is None:
                continue
            twins = [e for e in compounds if e is not entry and number in e.buildings]
            twin = any(fits(words, e) for e in twins)
            rows[kind].append(ask(finder, words, target, is_ambiguous=twin))
    return rows


def hits(rows: list[Row], first: int) -> str:
    """Return the share of queries whose answer is among the first."""
    if not rows:
        return "-"
    return f"{sum(0 < row.rank <= first for row in rows) / len(rows):.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", default="", help="print the misses of a kind")
    options = parser.parse_args()
    rows = measure(options.queries, options.seed)
    print("| kind | queries | ambiguous | hit@1 | hit@5 | ambiguous hit@5 |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, asked in rows.items():
        clear = [row for row in asked if not row.is_ambiguous]
        twins = [row for row in asked if row.is_ambiguous]
        print(
            f"| {kind} | {len(asked)} | {len(twins)} | {hits(clear, 1)} | {hits(clear, 5)} "
            f"| {hits(twins, 5)} |"
        )
        if options.show and options.show in kind:
            for row in clear:
                if row.rank != 1:
                    print("   ", row.said, "->", row.target.label, row.rank, file=sys.stderr)
    times = np.array([row.ms for asked in rows.values() for row in asked])
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    print(f"time of a query: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms")


if __name__ == "__main__":
    main()
