"""From the tree of points to what a person picks, and from what was picked to points; pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
import re
from typing import Final
import unicodedata

from homeassistant.helpers.selector import SelectOptionDict

from custom_components.reengen.api import Point, PointTree

# What a first look at an account is not too long for.
MOST_PRESELECTED: Final = 200

_SEPARATOR: Final = " / "

# Python lowers the capital I to a dotted i and İ to two characters; in Turkish both have a partner of their own.
_TURKISH_LOWER: Final = str.maketrans({"I": "\N{LATIN SMALL LETTER DOTLESS I}", "İ": "i"})

# Letters that stand after another one in the Turkish alphabet; the last character there is puts them after all
# words with the plain letter, and letters of other alphabets, as they are, after z.
_AFTER: Final = str.maketrans(
    {
        letter: f"{plain}\U0010ffff"
        for letter, plain in zip("çğ\N{LATIN SMALL LETTER DOTLESS I}öşü", "cghosu", strict=True)
    }
)

_DIGITS: Final = re.compile("[0-9]+")
# Longer than any number in a name.
_NUMBER_WIDTH: Final = 12


def point_options(tree: PointTree) -> list[SelectOptionDict]:
    """Return one option for each point: its code as value, its path as label, in the order of a Turkish reader.

    Points with the same path have their codes after it.
    """
    labels = dict(_labels(tree))
    times = Counter(labels.values())
    return [
        SelectOptionDict(value=code, label=label if times[label] == 1 else f"{label} ({code})")
        for code, label in labels.items()
    ]


def gone_options(tree: PointTree, codes: Iterable[str], label: str) -> list[SelectOptionDict]:
    """Return one option for each code that the tree has no longer; `label` is a text with a place for the `code`."""
    return [SelectOptionDict(value=code, label=label.format(code=code)) for code in codes if tree.by_code(code) is None]


def chosen_points(tree: PointTree, codes: Iterable[str], *, include_descendants: bool) -> tuple[Point, ...]:
    """Return the points with these codes, each before those below it, each once; unknown codes are left out."""
    wanted = frozenset(codes)
    chosen: dict[int, Point] = {}
    for root in tree.roots:
        for point in (root, *tree.descendants(root)):
            above = tree.parent(point)
            below_chosen = include_descendants and above is not None and above.id in chosen
            if below_chosen or point.code in wanted:
                chosen[point.id] = point
    return tuple(chosen.values())


def preselected_points(tree: PointTree) -> list[str]:
    """Return the codes of the topmost points, which with all below them are the whole tree; none of a large one."""
    return [point.code for point in tree.roots] if len(tree) <= MOST_PRESELECTED else []


def nearest_chosen_ancestor(tree: PointTree, point: Point, chosen_ids: Collection[int]) -> Point | None:
    """Return the nearest point above that is chosen too, or None."""
    return next((above for above in tree.ancestors(point) if above.id in chosen_ids), None)


def area_of(tree: PointTree, point: Point) -> str | None:
    """Return the name of the building that the point is or stands in, of the site where there is none.

    The platform does not tell what a point is: a site is a point without one above it, and a building stands below a
    site, where others stand below them in turn.
    """
    path = [point, *tree.ancestors(point)][-2:]
    return next((_shown(each.name) or each.code for each in path if tree.children(each)), None)


def _labels(tree: PointTree) -> Iterator[tuple[str, str]]:
    """Walk the tree, siblings in order, and yield codes and paths; each name is looked at once."""
    waiting = [(point, "") for point in _last_first(tree.roots)]
    while waiting:
        point, above = waiting.pop()
        label = above + (_shown(point.name) or point.code)
        yield point.code, label
        waiting.extend((below, label + _SEPARATOR) for below in _last_first(tree.children(point)))


def _last_first(points: Iterable[Point]) -> list[Point]:
    return sorted(points, key=lambda point: (collation_key(_shown(point.name)), point.code), reverse=True)


def _shown(name: str) -> str:
    """Return the name as it looks, so that names that look alike are alike: one code for a letter, single spaces."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


def collation_key(name: str) -> str:
    """Return what sorts names as in a Turkish telephone book, whatever the machine's locale; 2 stands before 10."""
    folded = name.translate(_TURKISH_LOWER).casefold().translate(_AFTER)
    return _DIGITS.sub(lambda digits: digits[0].zfill(_NUMBER_WIDTH), folded)
