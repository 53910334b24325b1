"""A town of a few named places, small enough to know by heart."""

from shapely import LineString, Polygon, box

from layers.gazetteer import Entry, Finder, NameKind


def estate(x: float, y: float, width: float = 100) -> Polygon:
    return box(x, y, x + width, y + width)


def compound(
    code: str,
    name: str,
    where: Polygon,
    buildings: int = 0,
    *,
    community: str = "府学街社区",
    others: tuple[tuple[str, NameKind], ...] = (),
) -> Entry:
    west, south, _, _ = where.bounds
    units = {
        str(n): Entry("building", f"{code}-B{n:02d}", f"{n}号楼",
                      estate(west + 12 * n, south + 10, 10))
        for n in range(1, buildings + 1)
    }  # fmt: skip
    return Entry(
        "compound", code, name, where, others=others, within=community,
        around=frozenset({community}), buildings=units,
    )  # fmt: skip


def plate(street: str, number: int, x: float, y: float) -> Entry:
    return Entry("building", f"{street}-{number}", f"{street}{number}号", estate(x, y, 10))


SHENGLI = Entry(
    "street",
    "s1",
    "胜利街",
    LineString([(-500, -50), (900, -50)]),
    buildings={
        "2": plate("胜利街", 2, 0, -80),
        "8": plate("胜利街", 8, 300, -80),
        "3": plate("胜利街", 3, 0, -30),
    },
)
TOWN = [
    Entry("community", "k1", "府学街社区", box(-500, -500, 290, 500)),
    Entry("community", "k2", "东关社区", box(290, -500, 1000, 500)),
    compound("c1", "太和桥小区", estate(0, 0), 5,
             others=(("老面粉厂院", NameKind.FORMER), ("面粉厂", NameKind.COLLOQUIAL))),
    compound("c2", "太和桥新区", estate(300, 0), 2, community="东关社区"),
    compound("c3", "丽景花园", estate(260, 170), community="东关社区"),
    compound("c4", "西河北苑", estate(-200, 170)),
    Entry("building", "t1", "文峰塔", estate(150, 200, 20), within="府学街社区"),
    SHENGLI,
    Entry("street", "s2", "永和路", LineString([(200, -500), (200, 500)])),
    Entry("street", "s3", "汾州巷", LineString([(0, 400), (100, 400)])),
    Entry("grid", "141182001001003", "东关社区第3网格", estate(300, 0), within="东关社区"),
]  # fmt: skip


def finder() -> Finder:
    return Finder(TOWN, city="汾阳市")
