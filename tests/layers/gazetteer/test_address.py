"""An address taken apart."""

import pytest

from layers.gazetteer.address import Address, parse

DIVISIONS = frozenset({"太和桥街道", "府学街社区"})


def read(text: str) -> Address:
    return parse(text, city="汾阳市", divisions=DIVISIONS)


@pytest.mark.parametrize(
    ("text", "name", "number", "entrance", "room"),
    [
        ("太和桥小区3号楼2单元", "太和桥小区", "3", 2, None),
        ("太和桥小区三号楼二单元", "太和桥小区", "3", 2, None),
        ("太和桥小区3号2单元", "太和桥小区", "3", 2, None),
        ("太和桥小区3-2-301", "太和桥小区", "3", 2, "301"),
        ("太和桥小区3#", "太和桥小区", "3", None, None),
        ("太和桥小区十二栋", "太和桥小区", "12", None, None),
        ("太和桥小区A座", "太和桥小区", "a", None, None),
        ("太和桥小区3号楼2单元5层501室", "太和桥小区", "3", 2, "501"),
        ("太和桥小区2单元", "太和桥小区", None, 2, None),
        ("太和桥小区 3", "太和桥小区", "3", None, None),
        ("thqxq 3", "thqxq", "3", None, None),
        ("tai he qiao xiao qu", "taiheqiaoxiaoqu", None, None, None),
        ("三号楼二单元", "", "3", 2, None),
        ("3-2-301", "", "3", 2, "301"),
        ("第三中学", "第三中学", None, None, None),
        ("农贸市场宿舍3号楼", "农贸市场宿舍", "3", None, None),
        ("老三号大院2号楼", "老三号大院", "2", None, None),
    ],
)
def test_name_building_entrance_and_room_are_told_apart(
    text: str, name: str, number: str | None, entrance: int | None, room: str | None
) -> None:
    address = read(text)
    assert (address.name, address.number, address.entrance, address.room) == (
        name, number, entrance, room,
    )  # fmt: skip


@pytest.mark.parametrize(
    "front",
    [
        "山西省吕梁市汾阳市太和桥街道府学街社区",
        "汾阳市太和桥街道府学街社区",
        "汾阳太和桥街道府学街社区",
    ],
)
def test_what_is_above_the_community_is_dropped_and_the_rest_kept_as_a_filter(front: str) -> None:
    address = read(f"{front}太和桥小区三号楼")
    assert (address.name, address.within) == ("太和桥小区", ("太和桥街道", "府学街社区"))


@pytest.mark.parametrize("text", ["府学街社区", "府学街社区第3网格", "府学街社区党群服务中心"])
def test_a_name_that_begins_with_a_community_stays_whole(text: str) -> None:
    assert read(text) == Address(text)


def test_a_plain_number_is_a_door_plate_and_one_of_a_building_is_not() -> None:
    assert read("胜利街12号").is_plate
    assert not read("胜利街12号楼").is_plate
