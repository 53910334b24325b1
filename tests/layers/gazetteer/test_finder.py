"""From what a caller says to places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.gazetteer import Candidate
from tests.layers.gazetteer.town import finder

TOWN = finder()


def best(text: str) -> Candidate:
    return TOWN.find(text).candidates[0]


@pytest.mark.parametrize(
    "text",
    [
        "太和桥小区3号楼2单元", "太和橋小區３號樓", "太和桥小区三号楼", "太和桥小区3-2-301",
        "太和乔小区3号楼", "太桥小区3号楼", "thqxq 3", "taiheqiaoxiaoqu3号楼", "面粉厂3号楼",
        "老面粉厂院三号楼", "山西省吕梁市汾阳市府学街社区太和桥小区3号楼", "太和桥3号楼",
    ],
)  # fmt: skip
def test_one_building_is_found_by_everything_it_is_called(text: str) -> None:
    found = best(text)
    assert found.label == "太和桥小区3号楼"
    assert found.building is not None
    assert found.building.code == "c1-B03"
    assert found.uncertainty_m < 10


def test_a_twin_without_that_building_comes_second() -> None:
    labels = [one.label for one in TOWN.find("thqxq 3").candidates]
    assert labels[:2] == ["太和桥小区3号楼", "太和桥新区"]
    assert "没有3号楼的记录" in TOWN.find("thqxq 3").candidates[1].why[-1].zh


def test_two_that_fit_alike_make_a_question_that_names_both() -> None:
    question = TOWN.find("太和桥2号楼").question
    assert question is not None
    assert question.zh == "是太和桥小区2号楼，还是太和桥新区2号楼？"


def test_a_compound_without_a_number_is_asked_for_its_building() -> None:
    question = TOWN.find("太和桥小区").question
    assert question is not None
    assert question.zh == "太和桥小区几号楼？"


def test_a_number_alone_is_asked_for_its_compound() -> None:
    found = TOWN.find("三号楼二单元")
    assert found.candidates == ()
    assert found.question is not None
    assert found.question.zh == "哪个小区的3号楼？"


def test_a_community_said_before_decides_between_twins() -> None:
    assert best("东关社区太和桥1号楼").label == "太和桥新区1号楼"
    assert best("府学街社区太和桥1号楼").label == "太和桥小区1号楼"


@pytest.mark.parametrize(
    "text", ["胜利街与永和路交叉口", "永和路和胜利街路口", "胜利街、永和路交汇处"]
)
def test_a_crossing_is_where_the_two_streets_meet(text: str) -> None:
    found = best(text)
    assert (found.place.x, found.place.y) == (200, -50)
    assert found.uncertainty_m == 30


def test_streets_that_do_not_meet_have_no_crossing() -> None:
    assert all("交叉口" not in one.label for one in TOWN.find("胜利街与汾州巷交叉口").candidates)


def test_a_known_door_plate_is_its_building() -> None:
    found = best("胜利街8号")
    assert found.building is not None
    assert found.label == "胜利街8号"


def test_a_missing_door_plate_lies_between_those_of_its_side() -> None:
    found = best("胜利街4号")
    assert found.place.x == pytest.approx(5 + 300 / 3)
    assert found.why[-1].zh == "在2号与8号之间"


def test_a_door_plate_beyond_the_known_ones_is_only_the_street() -> None:
    assert best("胜利街100号").label == "胜利街"


def test_compounds_east_of_a_landmark_come_by_distance_and_none_west_of_it() -> None:
    labels = [one.label for one in TOWN.find("文峰塔东边那个小区").candidates]
    assert labels == ["丽景花园", "太和桥新区"]


def test_so_many_metres_north_is_a_spot_with_its_uncertainty() -> None:
    found = best("文峰塔往北200米")
    assert found.place.y - 210 == pytest.approx(200, abs=1)
    assert found.uncertainty_m == pytest.approx(200 / 3)


@pytest.mark.parametrize("text", ["文峰塔对面", "文峰塔旁边"])
def test_beside_a_landmark_is_near_it(text: str) -> None:
    found = best(text)
    assert found.label == text
    assert found.uncertainty_m <= 60


def test_two_characters_complete_a_name() -> None:
    assert best("西河").label == "西河北苑"
    assert best("xh").label == "西河北苑"


def test_a_code_and_a_name_with_a_number_behind_are_taken_whole() -> None:
    assert best("141182001001003").label == "东关社区第3网格"
    assert best("东关社区第3网格").label == "东关社区第3网格"


@pytest.mark.parametrize("text", ["", "   ", "呼伦贝尔", "%", "' or 1=1 --", "\x00", "，。"])
def test_words_like_no_name_find_nothing(text: str) -> None:
    assert TOWN.find(text).candidates == ()


def test_the_named_place_at_a_point_is_the_smallest_around_it() -> None:
    at = TOWN.nearest(155, 205)
    assert at is not None
    assert at.label == "文峰塔"
    assert TOWN.nearest(5000, 5000) is None


@given(
    st.text(st.sampled_from("太和桥小区新3号楼单元东边与口街路 -a1二十米往北那个塔"), max_size=14)
)
def test_whatever_is_said_gives_sorted_answers_with_reasons(text: str) -> None:
    found = TOWN.find(text)
    scores = [one.score for one in found.candidates]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) <= 5
    assert all(one.why and one.uncertainty_m >= 0 for one in found.candidates)
