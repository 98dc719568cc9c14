"""What follows from verdicts: what differs is followed, what holds again is taken back, what is unknown stays."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.reengen.api import Adaptations, Label, RangeEnd
from custom_components.reengen.platform_check.following import Followed, adaptations_of, followed_from
from custom_components.reengen.platform_check.probes import PROBES, verdicts_of
from custom_components.reengen.platform_check.verdicts import Verdict, differs, holds, unknown

from .conftest import Ask

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def followed(
    found: Mapping[str, Verdict], before: tuple[Followed, ...] = (), at: datetime = AT
) -> tuple[Followed, ...]:
    return followed_from([found.get(name, holds(ratio=1.0)).named(name) for name in PROBES], before, at)


DIFFERING: list[tuple[dict[str, Verdict], Adaptations]] = [
    ({}, Adaptations()),
    ({"months": differs("last")}, Adaptations(month_label=Label.WITHIN)),
    ({"months": differs("next")}, Adaptations(month_label=Label.END)),
    ({"range_end": differs("missing", ratio=0.97)}, Adaptations(range_end=RangeEnd.EXCLUSIVE)),
    ({"range_end": differs("missing", ratio=0.0)}, Adaptations(range_end=RangeEnd.WHOLE_BUCKETS)),
    (
        {"labels": differs("end", quarters=15.0, hours=0.0, days=1440.0)},
        Adaptations(quarter_label=Label.END, day_label=Label.END),
    ),
    ({"future": differs("zero")}, Adaptations(fills_with_zeros=True)),
    ({"decimals": differs("fewer", decimals=2)}, Adaptations(decimals=2)),
    ({"decimals": differs("truncated", decimals=2)}, Adaptations(cuts_decimals=True)),
]
# What differs and changes nothing of how the platform is read: units, above all.
NOT_FOLLOWED: list[dict[str, Verdict]] = [
    {"units": differs("energy", ratio=1.0)},
    {"labels": differs("apart", hours=3.0)},
    {"future": differs("refused")},
    {"future": differs("null_ahead")},
    {"registers": differs("start", share=1.0)},
    {"clock": differs("clock", hours=3.0, utc_offset=0.0)},
    {"generated": differs("negative", share=1.0)},
]


@pytest.mark.parametrize(("found", "adaptations"), DIFFERING)
def test_what_differs_is_followed_and_taken_back(found: dict[str, Verdict], adaptations: Adaptations) -> None:
    first = followed(found)
    assert adaptations_of(first) == adaptations
    assert {each.since for each in first} <= {AT}
    # A month later it is the same: it has been followed since the first check.
    assert followed(found, first, AT + MONTH) == first
    # What cannot be seen stays, and what holds again is taken back.
    assert followed(dict.fromkeys(found, unknown("no_values")), first, AT + MONTH) == first
    assert followed({}, first, AT + MONTH) == ()
    assert tuple(map(Followed.restored, [each.stored() for each in first])) == first


@pytest.mark.parametrize("found", NOT_FOLLOWED)
def test_nothing_else_is_followed(found: dict[str, Verdict]) -> None:
    assert followed(found) == ()


def test_one_that_becomes_another_is_followed_since_then() -> None:
    first = followed({"months": differs("last")})
    (second,) = followed({"months": differs("next")}, first, AT + MONTH)
    assert (second.value, second.since, second.verdict) == ("end", AT + MONTH, "months: next")


async def test_several_at_once_are_told_apart(ask: Ask) -> None:
    switches: dict[str, Any] = {
        "bucket_label": "end",
        "month_label": "next",
        "range_end": "exclusive",
        "empty_buckets": "zero_ahead",
        "most_decimals": 2,
    }
    found = followed_from(verdicts_of(await ask(**switches)), (), AT)
    assert adaptations_of(found) == Adaptations(
        quarter_label=Label.END,
        hour_label=Label.END,
        day_label=Label.END,
        month_label=Label.END,
        range_end=RangeEnd.EXCLUSIVE,
        fills_with_zeros=True,
        decimals=2,
    )
