"""The hierarchy of points, and what the platform may get wrong in it."""

from itertools import pairwise
from time import thread_time

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.reengen.api.models import Point
from custom_components.reengen.api.oddities import Oddity, OddityKind
from custom_components.reengen.api.point_tree import PointTree


def point(number: int, code: str, parent: str | None = None, name: str | None = None) -> Point:
    return Point(id=number, code=code, name=name or code, parent_code=parent)


SITE = point(1, "site", name="Fabrika")
HALL = point(2, "hall", "site", name="Salon")
OVEN = point(3, "oven", "hall", name="Döküm")
PRESS = point(4, "press", "hall", name="Pres")
OFFICE = point(5, "office", "site", name="Ofis")
SITE_OF_ALL = point(8, "all")
TREE = PointTree([OVEN, SITE, OFFICE, HALL, PRESS])


def test_relations() -> None:
    assert TREE.points == (OVEN, SITE, OFFICE, HALL, PRESS)
    assert TREE.roots == (SITE,)
    assert TREE.children(SITE) == (OFFICE, HALL)
    assert TREE.children(OVEN) == ()
    assert TREE.parent(OVEN) == HALL
    assert TREE.parent(SITE) is None
    assert TREE.ancestors(OVEN) == (HALL, SITE)
    assert TREE.descendants(SITE) == (OFFICE, HALL, OVEN, PRESS)
    assert TREE.path(OVEN) == ("Fabrika", "Salon", "Döküm")
    assert TREE.oddities == ()
    assert len(TREE) == 5


def test_lookups_are_exact() -> None:
    assert TREE.by_id(4) == PRESS
    assert TREE.by_id(99) is None
    assert TREE.by_code("oven") == OVEN
    assert TREE.by_code("Oven") is None


def test_trees_are_equal_when_their_points_are() -> None:
    again = PointTree([OVEN, SITE, OFFICE, HALL, PRESS])
    assert again == TREE
    assert hash(again) == hash(TREE)
    assert PointTree([SITE]) != TREE
    assert TREE != (OVEN, SITE, OFFICE, HALL, PRESS)
    assert repr(TREE) == "<PointTree of 5 points>"


def test_an_empty_account_has_an_empty_tree() -> None:
    assert PointTree([]).roots == PointTree([]).points == ()


@pytest.mark.parametrize(
    ("points", "parents", "oddities"),
    [
        pytest.param([point(1, "Site"), point(2, "b", "sITE")], {2: 1}, 1, id="other case"),
        pytest.param(
            [point(1, "Site"), point(2, "site"), point(3, "b", "site")], {3: 2}, 0, id="exact before other case"
        ),
        pytest.param([point(1, "Site"), point(2, "SITE"), point(3, "b", "site")], {}, 1, id="ambiguous case"),
        pytest.param([point(1, "İzmir"), point(2, "b", "izmir")], {}, 1, id="Turkish letters are not folded"),
        pytest.param([point(1, "Iş"), point(2, "b", "iş")], {2: 1}, 1, id="ASCII beside Turkish letters"),
        pytest.param([point(2, "b", "gone"), point(3, "c", "gone")], {}, 1, id="missing parent, said once"),
        pytest.param([point(1, "a", "a"), point(2, "b", "a")], {2: 1}, 1, id="its own parent"),
        pytest.param([point(1, "a", "b"), point(2, "b", "a")], {2: 1}, 1, id="a circle of two"),
        pytest.param([point(2, "b", "a"), point(1, "a", "b")], {2: 1}, 1, id="a circle of two in another order"),
        pytest.param(
            [point(9, "x", "c"), point(1, "a", "b"), point(2, "b", "c"), point(3, "c", "a")],
            {9: 3, 2: 3, 3: 1},
            1,
            id="a circle of three, entered from outside",
        ),
        pytest.param([point(1, "a"), point(1, "a")], {}, 1, id="the same point twice"),
    ],
)
def test_parents(points: list[Point], parents: dict[int, int], oddities: int) -> None:
    tree = PointTree(points)
    found = {each.id: above.id for each in tree.points if (above := tree.parent(each)) is not None}
    assert found == parents
    assert len(tree.oddities) == oddities
    assert not any(oddity.kind.loses_data for oddity in tree.oddities)


@pytest.mark.parametrize(
    ("points", "kept", "dropped"),
    [
        pytest.param([point(1, "a"), point(1, "b")], point(1, "a"), (None, "b"), id="one id, two codes: the first"),
        pytest.param([point(1, "a"), point(2, "a")], point(1, "a"), (2, "a"), id="a new meter behind the old one"),
        pytest.param([point(2, "a"), point(1, "a")], point(1, "a"), (2, "a"), id="a new meter before the old one"),
    ],
)
def test_of_two_points_with_one_name_the_old_one_stays(
    points: list[Point], kept: Point, dropped: tuple[int | None, str]
) -> None:
    tree = PointTree([SITE_OF_ALL, *points, point(9, "below", "a")])
    assert tree.points == (SITE_OF_ALL, kept, point(9, "below", "a"))
    assert tree.children(kept) == (point(9, "below", "a"),)
    (oddity,) = tree.oddities
    assert (oddity.kind, oddity.point_id, oddity.point_code) == (OddityKind.POINT_TWICE, *dropped)
    assert oddity.kind.loses_data


@pytest.mark.parametrize(
    ("points", "dropped"),
    [
        pytest.param([point(3, "b"), point(3, "a")], (None, "b"), id="behind another with its id"),
        pytest.param([point(3, "a"), point(3, "b")], (None, "b"), id="before another with its id"),
        pytest.param([point(2, "a"), point(3, "a")], (2, "a"), id="behind another with its code and a lower id"),
        pytest.param([point(3, "a"), point(4, "a")], (4, "a"), id="before another with its code"),
    ],
)
def test_a_known_point_stands_before_any_other(points: list[Point], dropped: tuple[int | None, str]) -> None:
    known, odd = point(3, "a"), Oddity(method="GetPointHierarchy", kind=OddityKind.POINT, where="data[3]", example="5")
    tree = PointTree([SITE_OF_ALL, *points, point(9, "below", "a")], [odd]).preferring(known.__eq__)
    assert tree.points == (SITE_OF_ALL, known, point(9, "below", "a"))
    assert tree.children(known) == (point(9, "below", "a"),)
    first, twice = tree.oddities
    assert first == odd
    assert (twice.kind, twice.point_id, twice.point_code) == (OddityKind.POINT_TWICE, *dropped)


def test_where_all_are_known_the_tree_is_as_without_that() -> None:
    points = [point(2, "a"), point(1, "a"), point(1, "b"), point(3, "c")]
    tree = PointTree(points)
    assert tree.preferring(lambda _: True) == tree
    assert TREE.preferring(lambda _: True) is TREE


def test_of_a_point_with_two_names_the_first_stays() -> None:
    tree = PointTree([point(1, "a"), point(1, "a", name="other")])
    assert tree.points == (point(1, "a"),)
    assert [oddity.kind for oddity in tree.oddities] == [OddityKind.SAME_VALUE_TWICE]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ([], "no point has the code 'site'"),
        (["SITE"], "'site' is taken for 'SITE'"),
        (["SITE", "Site"], "'site' could be any of ['SITE', 'Site']"),
        (["sITE", "SITE", "Site"], "'site' could be any of ['SITE', 'Site', 'sITE']"),
    ],
)
def test_a_parent_that_is_spelled_otherwise_is_named(codes: list[str], said: str) -> None:
    alike = [point(number, code) for number, code in enumerate(codes, start=2)]
    (oddity,) = PointTree([point(1, "oven", "site"), *alike]).oddities
    assert (oddity.kind, oddity.example, oddity.point_code) == (OddityKind.PARENT, said, "site")


def test_oddities_of_the_response_come_first() -> None:
    odd = Oddity(method="GetPointHierarchy", kind=OddityKind.POINT, where="data[3]", example="5")
    tree = PointTree([point(1, "a", "gone")], [odd])
    assert [oddity.kind for oddity in tree.oddities] == [OddityKind.POINT, OddityKind.PARENT]


codes = st.sampled_from([f"{letter}{number}" for letter in "aA" for number in range(6)])


@settings(deadline=None)
@given(st.dictionaries(codes, st.none() | codes | st.just("gone")))
def test_any_parents_give_a_forest(parents: dict[str, str | None]) -> None:
    tree = PointTree([point(number, code, parent) for number, (code, parent) in enumerate(parents.items())])
    reached = [each for root in tree.roots for each in (root, *tree.descendants(root))]
    assert sorted(each.id for each in reached) == list(range(len(parents)))
    for each in tree.points:
        assert each not in tree.ancestors(each)
        assert len(tree.path(each)) == len(tree.ancestors(each)) + 1
        assert all(tree.parent(below) == above for below, above in pairwise((each, *tree.ancestors(each))))
        assert (each in tree.roots) == (tree.parent(each) is None)
        assert all(tree.parent(child) == each for child in tree.children(each))


def test_the_deepest_tree_is_walked_without_recursion() -> None:
    chain = PointTree(point(number, f"c{number}", f"c{number - 1}") for number in range(5_000))
    assert len(chain.descendants(chain.points[0])) == 4_999
    assert len(chain.path(chain.points[-1])) == 5_000


def test_ten_thousand_points_take_no_noticeable_time() -> None:
    """A tenth of a second is ten times what it takes on a slow machine: this finds squares, not percents."""
    points = [point(number, f"c{number}", f"C{number // 8}" if number else None) for number in range(10_000)]
    begin = thread_time()
    tree = PointTree(points)
    paths = [tree.path(each) for each in tree.points]
    elapsed = thread_time() - begin
    assert len(paths) == 10_000
    assert elapsed < 0.2
