"""Accounts side by side: whatever their tenants are called and wherever they are, a statistic is of one of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.util import slugify
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.reengen.history.ownership import (
    async_keep_prefix,
    async_keep_prefix_elsewhere,
    is_own,
    prefix_of_new,
    statistics_prefix,
)
from custom_components.reengen.history.series import statistic_id
from custom_components.reengen.measurements.catalogue import COSTS, MEASUREMENTS
from simulator import Simulator, WorldOptions
from tests.profiles import examples

from .statistics import Statistics

KEYS = {*MEASUREMENTS, *(f"{key}_try" for key in COSTS)}
OWN_KEY = "harmonics_3_total"
DAYS = 3


@dataclass
class Account:
    """As much of a config entry as decides whose a statistic is."""

    data: dict[str, str]
    created_at: datetime
    entry_id: str
    options: dict[str, Any] = field(default_factory=dict)


class Home:
    """As much of Home Assistant as has accounts."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.config_entries = self

    def async_entries(self, _domain: str) -> list[Account]:
        return self.accounts

    def async_update_entry(self, entry: Account, *, data: dict[str, str]) -> None:
        entry.data = data

    def add(self, url: str, tenant: str, **data: str) -> Account:
        created_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=len(self.accounts))
        account = Account({"url": url, "tenant": tenant, **data}, created_at, str(len(self.accounts)))
        self.accounts.append(account)
        return account


def identity(account: Account) -> tuple[str, str]:
    return account.data["url"], account.data["tenant"]


names = st.lists(st.sampled_from(["acme", "ACME", "2", "12", "izmir", "Ö", "12768"]), min_size=1, max_size=4)
tenants = names.map(" ".join)
homes = st.lists(st.tuples(st.sampled_from(["http://a/", "http://b/"]), tenants), min_size=2, max_size=6)


@settings(max_examples=examples(100, 2000))
@given(accounts=homes, points=st.tuples(*[st.sampled_from([2, 12, 12768])] * 2), key=st.sampled_from(sorted(KEYS)))
def test_accounts_that_are_added_one_by_one_never_meet(
    accounts: list[tuple[str, str]], points: tuple[int, int], key: str
) -> None:
    home = Home()
    for url, tenant in accounts:
        prefix = prefix_of_new(cast("HomeAssistant", home), url, tenant)
        home.add(url, tenant, **({} if prefix == slugify(tenant) else {"statistics_prefix": prefix}))
    assert_apart(home, points, key)


@settings(max_examples=examples(100, 2000))
@given(
    accounts=homes,
    set_up=st.permutations(range(6)),
    points=st.tuples(*[st.sampled_from([2, 12, 12768])] * 2),
    key=st.sampled_from(sorted(KEYS)),
)
def test_accounts_of_before_never_meet_in_whichever_order_they_are_set_up(
    accounts: list[tuple[str, str]], set_up: list[int], points: tuple[int, int], key: str
) -> None:
    home = Home()
    for url, tenant in accounts:
        home.add(url, tenant)
    before: dict[str, str] = {}
    for _ in range(2):
        for number in (each for each in set_up if each < len(accounts)):
            async_keep_prefix(cast("HomeAssistant", home), cast("Any", home.accounts[number]))
        prefixes = {each.entry_id: statistics_prefix(cast("Any", each)) for each in home.accounts}
        # For good: a restart changes nothing.
        assert before in ({}, prefixes)
        before = prefixes
    assert_apart(home, points, key)
    # The first of a slug keeps it.
    first = {slugify(each.data["tenant"]): each for each in reversed(home.accounts)}
    assert all(prefixes[each.entry_id] == slug for slug, each in first.items())


def assert_apart(home: Home, points: tuple[int, int], key: str) -> None:
    prefixes = [statistics_prefix(cast("Any", each)) for each in home.accounts]
    for one, prefix in zip(home.accounts, prefixes, strict=True):
        mine = statistic_id(prefix, points[0], key)
        assert is_own(mine, prefix, prefixes, KEYS)
        assert is_own(statistic_id(prefix, points[0], OWN_KEY), prefix, prefixes, {OWN_KEY})
        for other, its_prefix in zip(home.accounts, prefixes, strict=True):
            same = identity(one) == identity(other)
            assert (prefix == its_prefix) == same
            assert is_own(mine, its_prefix, prefixes, KEYS) == same
            if not same:
                assert mine != statistic_id(its_prefix, points[1], key)


def test_what_an_account_that_was_removed_has_left_is_nobody_elses() -> None:
    left = "reengen:acme_2_izmir_12768_active_energy_import"
    assert not is_own(left, "acme", ["acme"], KEYS)
    assert is_own(left, "acme_2_izmir", ["acme", "acme_2_izmir"], KEYS)
    for strange in ("reengen:acme_x_active", "reengen:acme_12_3", "sensor.acme_12_a", "reengen:acmeb_12_a"):
        assert not is_own(strange, "acme", ["acme"], KEYS)


async def test_a_tenant_that_moves_keeps_its_statistics(hass: HomeAssistant) -> None:
    first, second = (
        MockConfigEntry(domain="reengen", data={"url": "http://a/", "tenant": "acme", "username": user}, entry_id=user)
        for user in ("a", "b")
    )
    for each in (first, second):
        each.add_to_hass(hass)
    async_keep_prefix_elsewhere(hass, first, "http://b/")
    hass.config_entries.async_update_entry(first, data={**first.data, "url": "http://b/"})
    for each in (first, second):
        async_keep_prefix(hass, each)
    assert {statistics_prefix(each) for each in (first, second)} == {"acme"}


async def test_who_moves_to_an_address_takes_no_prefix_there_away(hass: HomeAssistant) -> None:
    """Two users of a tenant: the later one was at another address, with another prefix, and comes to the first one's."""
    first, second = (
        MockConfigEntry(domain="reengen", data={"url": url, "tenant": "acme", **prefix}, entry_id=url[-2])
        for url, prefix in (("http://a/", dict[str, str]()), ("http://b/", {"statistics_prefix": "qkzmte_acme"}))
    )
    for each in (first, second):
        each.add_to_hass(hass)
    async_keep_prefix_elsewhere(hass, second, "http://a/")
    hass.config_entries.async_update_entry(second, data={**second.data, "url": "http://a/"})
    for each in (first, second):
        async_keep_prefix(hass, each)
    assert [statistics_prefix(each) for each in (first, second)] == ["acme", "qkzmte_acme"]


@pytest.fixture
async def elsewhere(
    recorder_mock: Recorder, socket_enabled: None, freezer: FrozenDateTimeFactory, now: datetime
) -> AsyncIterator[Simulator]:
    """Serve another platform with the same points and other readings."""
    options = WorldOptions(start=now - timedelta(days=DAYS), points=2, seed=7)
    async with await Simulator.start(options, now=now) as running:
        yield running


@pytest.fixture
def world_options(now: datetime) -> WorldOptions:
    """Let the world begin some days ago."""
    return WorldOptions(start=now - timedelta(days=DAYS), points=2)


async def test_one_tenant_at_two_addresses(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    elsewhere: Simulator,
    statistics: Statistics,
    now: datetime,
) -> None:
    options = {**entry.options, "keep_statistics": False}
    hass.config_entries.async_update_entry(entry, options=options)
    # Both are of the same instant; then the ids decide.
    data = {**entry.data, "url": elsewhere.url}
    later = MockConfigEntry(domain="reengen", data=data, options=options, entry_id="later")
    later.add_to_hass(hass)
    assert await hass.config_entries.async_setup(later.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    start, end = now - timedelta(days=DAYS + 1), now.replace(minute=0)
    expected = [
        each.platform_hours("xFabrikaTrafo6", "activeEnergy", "import", start, end)
        for each in (statistics, Statistics(hass, elsewhere))
    ]
    assert expected[0] != expected[1]
    found = [each.runtime_data.history.series[0].statistic_id for each in (entry, later)]
    assert found[0] == "reengen:xyz_12768_active_energy_import"
    assert [await statistics.hours(each) for each in found] == expected
    assert [each.runtime_data.history.progress for each in (entry, later)] == [100, 100]
    await hass.config_entries.async_remove(entry.entry_id)
    assert await statistics.ids() == {found[1]}
    assert await statistics.hours(found[1]) == expected[1]
    await hass.config_entries.async_remove(later.entry_id)
    assert await statistics.ids() == set()
