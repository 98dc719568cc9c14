"""One odd thing anywhere in a JSON value: replaced, removed, twice, or exchanged with its neighbour."""

from collections.abc import Callable, Iterator
from copy import deepcopy
import json
import re
from typing import Any, Final

from hypothesis import HealthCheck, settings, strategies as st

from custom_components.reengen.api import OddityKind
from custom_components.reengen.api.envelope import Envelope, parse_envelope
from custom_components.reengen.api.errors import ReengenRefusedError, ReengenResponseError
from custom_components.reengen.api.oddities import Oddity
from custom_components.reengen.api.wire_time import StampReader
from tests.profiles import examples

from .response_bodies import BERLIN

# Ends a key that stands in the object a second time.
TWICE: Final = "\u2620"

STAMPS: Final = ("2024-05-01T00:00:00", "2024-05-02T00:00:00", "2024-05-03T00:00:00")

# What may stand in the place of anything else; among it what is right elsewhere.
_ODD: Final[list[Any]] = [
    *(None, True, False, 0, -1, 1, 2, 1.5, -5, 10**30, 10**4_000, float("nan"), float("inf"), -0.0, 1e308),
    *("", " ", "-", "x", "1", "02", "1.5", "NaN", "1.234,56", "1e400", "٣", "null", "\x00", "\ud800", "x" * 500),
    *("a", "b", "2024-05-01", "2024-13-45T99:99:99", "9999-12-31T23:59:59", "0001-01-01T00:00:00", *STAMPS),
    *([], [None], [[]], [[], []], [1, 2], {}, {"code": None, "id": None}, {"0": []}, {"code": "a"}),
]
odd_values: Final = st.sampled_from(_ODD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)

type Path = tuple[Any, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the place of every value in it, its own first."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from paths(value[key], (*path, key))


@st.composite
def with_one_odd_thing(draw: st.DrawFn, right: Any) -> tuple[Any, set[Path]]:
    """Return a copy of the value in which one thing is odd, and its place, or both of them."""
    value = {"": deepcopy(right)}
    path = draw(st.sampled_from(list(paths(right))))
    holder: Any = value
    for key in ("", *path)[:-1]:
        holder = holder[key]
    key = ("", *path)[-1]
    actions = ["replace", "replace", "remove", "repeat", "repeat otherwise", "exchange"] if path else ["replace"]
    action = draw(st.sampled_from(actions))
    if action == "replace":
        holder[key] = draw(odd_values)
    elif action == "remove":
        del holder[key]
    elif action == "exchange":
        other = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder)))))
        holder[key], holder[other] = holder[other], holder[key]
        return value[""], {path, (*path[:-1], other)}
    else:
        copy = deepcopy(holder[key]) if action == "repeat" else draw(odd_values)
        if isinstance(holder, list):
            holder.insert(key, copy)
        else:
            holder[f"{key}{TWICE}"] = copy
    return value[""], {path}


def encoded(value: Any) -> bytes:
    """Return the value as JSON, with the keys that it has twice."""
    return json.dumps(value).replace(json.dumps(TWICE)[1:-1], "").encode()


def as_read(value: Any) -> Any:
    """Return the value with one value for each key, the last."""
    if isinstance(value, list):
        return [as_read(each) for each in value]
    return {key.removesuffix(TWICE): as_read(each) for key, each in value.items()} if isinstance(value, dict) else value


# What tests of one odd thing share: reading what is odd, and what is in order in it.

# A response is not understood as a whole where one of these is odd.
WHOLE: Final[set[Path]] = {(), ("succeeded",), ("properties",), ("properties", "data")}
PROPERTY: Final = settings(
    max_examples=examples(200, 2_000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

stamps: Final = StampReader(BERLIN)
codes = st.sampled_from(["a", "b", "A"])
names = st.none() | st.sampled_from(["Trafo", "Şişli"])
numbers = st.sampled_from([0, 1, 2.5, -3.25, 7, "2468.10", 1e9]) | st.integers(-99, 10**6)


def enveloped(properties: Any) -> Any:
    return {"properties": properties, "succeeded": True, "message": None, "statistics": {}}


def read_odd[T](data: st.DataObject, right: Any, decode: Callable[[Envelope], T]) -> tuple[T | None, Any]:
    """Return what is read of the response with one odd thing, and the properties as a reader of JSON sees them.

    None where the response is not understood as a whole, which it must be where nothing but a part of it is odd.
    """
    odd, places = data.draw(with_one_odd_thing(right))
    try:
        response = decode(parse_envelope(encoded(odd), "GetData"))
    except ReengenResponseError, ReengenRefusedError:
        assert places & WHOLE
        return None, {}
    return response, as_read(odd).get("properties")


def untouched(rows: Any, right: list[Any]) -> list[Any]:
    """Return the rows that are as they were; true is not 1."""
    were = {repr(row) for row in right}
    return [row for row in rows if repr(row) in were]


def is_text(value: object) -> bool:
    return isinstance(value, str) and re.search("[\ud800-\udfff\ufffd]", value) is None


def is_id(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[0-9]{1,18}", value) is not None
    return type(value) is int and 0 <= value < 10**18


def is_number(value: object) -> bool:
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value):
        return False
    try:
        return isinstance(value, str | int | float) and not isinstance(value, bool) and abs(float(value)) < 10**15
    except OverflowError:
        return False


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def lost(oddities: tuple[Oddity, ...], *kinds: OddityKind) -> int:
    return sum(each.count for each in oddities if each.kind in kinds)
