"""What a person picks points from, and which points a choice means."""

from collections import Counter
import random
from unittest.mock import patch

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api import Point, PointTree
from custom_components.reengen.points import picker as point_picker
from custom_components.reengen.points.picker import (
    chosen_points,
    collation_key,
    gone_options,
    nearest_chosen_ancestor,
    point_options,
)

# The 29 letters in the order that Turkish schools teach.
ALPHABET = "a b c ç d e f g ğ h ı i j k l m n o ö p r s ş t u ü v y z".split()  # noqa: SIM905 - reads as taught


def tree_of(*rows: tuple[str, str, str | None]) -> PointTree:
    """Return the tree of points given as code, name and code of the parent."""
    return PointTree(
        Point(id=number, code=code, name=name, parent_code=parent)
        for number, (code, name, parent) in enumerate(rows, start=1)
    )


def labels_of(tree: PointTree) -> dict[str, str]:
    return {option["value"]: option["label"] for option in point_options(tree)}


@st.composite
def trees(draw: st.DrawFn) -> PointTree:
    """Trees of up to 20 points in any order, with few names, so that many are equal."""
    count = draw(st.integers(min_value=1, max_value=20))
    names = st.sampled_from(["Pres", "Işık", "İplik", "Trafo 2", "Trafo 10", "Ölçü"])
    rows = [
        (f"code{number}", draw(names), draw(st.sampled_from([None, *(f"code{above}" for above in range(number))])))
        for number in range(count)
    ]
    return tree_of(*draw(st.permutations(rows)))


@given(trees())
def test_every_point_is_one_option_with_a_label_of_its_own(tree: PointTree) -> None:
    labels = labels_of(tree)

    assert Counter(labels.keys()) == Counter(point.code for point in tree.points)
    assert len(set(labels.values())) == len(tree)
    for point in tree.points:
        assert labels[point.code].removesuffix(f" ({point.code})") == " / ".join(tree.path(point))


@given(trees())
def test_only_labels_that_would_be_equal_carry_their_codes(tree: PointTree) -> None:
    paths = Counter(tree.path(point) for point in tree.points)

    for code, label in labels_of(tree).items():
        point = tree.by_code(code)
        assert point is not None
        assert label.endswith(f" ({code})") == (paths[tree.path(point)] > 1)


@given(trees())
def test_siblings_are_in_order_and_what_is_below_a_point_follows_it(tree: PointTree) -> None:
    position = {option["value"]: index for index, option in enumerate(point_options(tree))}

    for siblings in (tree.roots, *(tree.children(point) for point in tree.points)):
        in_list = sorted(siblings, key=lambda point: position[point.code])
        assert in_list == sorted(siblings, key=lambda point: (collation_key(point.name), point.code))
    for point in tree.points:
        below = {position[other.code] for other in tree.descendants(point)}
        first = position[point.code] + 1
        assert below == set(range(first, first + len(below)))


def test_letters_stand_as_in_the_turkish_alphabet() -> None:
    shuffled = random.Random(7).sample(ALPHABET, len(ALPHABET))  # noqa: S311 - any order but the right one

    assert sorted(shuffled, key=collation_key) == ALPHABET
    assert sorted((letter.upper() for letter in ALPHABET if letter not in "ıi"), key=collation_key) == [
        letter.upper() for letter in ALPHABET if letter not in "ıi"
    ]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param("Trafo 2", "Trafo 10", id="numbers by value"),
        pytest.param("IRMAK", "İplik", id="capital I is dotless"),
        pytest.param("Ilgaz", "ırmak", id="dotless I is one letter in either case"),
        pytest.param("izmir", "İZMİT", id="dotted I is one letter in either case"),
        pytest.param("Cz", "Ça", id="a letter with a sign follows all words with the plain one"),
        pytest.param("Zeytin", "Ωmega", id="other alphabets last"),
        pytest.param("Pres", "Pres 1", id="the shorter first"),
    ],
)
def test_names_are_sorted_as_a_turkish_reader_expects(earlier: str, later: str) -> None:
    tree = tree_of(("b", later, None), ("a", earlier, None))

    assert [option["label"] for option in point_options(tree)] == [earlier, later]


def test_names_that_look_alike_are_told_apart() -> None:
    tree = tree_of(("a", "Ölçü  odası", None), ("b", " O\u0308lc\u0327u\u0308 odası", None), ("c", "Pres", None))

    assert labels_of(tree) == {"a": "Ölçü odası (a)", "b": "Ölçü odası (b)", "c": "Pres"}


def test_a_point_without_a_name_shows_its_code() -> None:
    assert labels_of(tree_of(("a", "  ", None), ("b", "Pres", "a"))) == {"a": "a", "b": "a / Pres"}


@pytest.mark.parametrize("below_each", [9_999, 8, 1.01], ids=["one floor", "a site", "narrow"])
def test_a_large_tree_costs_one_look_at_each_name(below_each: float) -> None:
    """10 000 points: the work is counted, since time depends on the machine."""
    tree = tree_of(
        ("code0", "Fabrika", None),
        *((f"code{number}", f"Pres {number}", f"code{int((number - 1) / below_each)}") for number in range(1, 10_000)),
    )

    with patch.object(point_picker, "collation_key", wraps=collation_key) as looked_at:
        options = point_options(tree)

    assert len(options) == 10_000
    assert looked_at.call_count == 10_000


def test_codes_that_are_gone_become_options_and_others_do_not() -> None:
    tree = tree_of(("a", "Pres", None))

    assert gone_options(tree, ["b", "a", "{c}"], "{code} (gone)") == [
        {"value": "b", "label": "b (gone)"},
        {"value": "{c}", "label": "{c} (gone)"},
    ]


@given(trees(), st.data(), st.booleans())
def test_chosen_are_the_named_points_and_on_demand_all_below(
    tree: PointTree, data: st.DataObject, include_descendants: bool
) -> None:
    codes = data.draw(st.lists(st.sampled_from([*(point.code for point in tree.points), "unknown"])))
    parents = {point.code: point.parent_code for point in tree.points}

    def is_meant(code: str | None) -> bool:
        return code is not None and (code in codes or (include_descendants and is_meant(parents[code])))

    chosen = chosen_points(tree, codes, include_descendants=include_descendants)

    assert Counter(point.code for point in chosen) == Counter(code for code in parents if is_meant(code))
    for index, point in enumerate(chosen):
        assert not {above.id for above in tree.ancestors(point)} & {later.id for later in chosen[index:]}


@given(trees(), st.data())
def test_the_nearest_chosen_ancestor_is_the_first_on_the_way_up(tree: PointTree, data: st.DataObject) -> None:
    point = data.draw(st.sampled_from(tree.points))
    chosen = data.draw(st.sets(st.sampled_from(tree.points)))
    by_code = {other.code: other for other in tree.points}

    expected = by_code.get(point.parent_code or "")
    while expected is not None and expected not in chosen:
        expected = by_code.get(expected.parent_code or "")

    assert nearest_chosen_ancestor(tree, point, {other.id for other in chosen}) == expected
