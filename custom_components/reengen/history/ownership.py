"""Which account a statistic belongs to: by the prefix of its id, and where several have chosen it, by their claims.

A prefix belongs to one account, or to all users of one tenant at one address. It is the slugged tenant. Two tenants may
have the same slug, at one address or at two, and slugs may nest: `acme_2_izmir_12768_active_energy_import` could belong
to the point 2 of `acme`. So an account that is added gets another prefix where an earlier account has its slug, or one
that nests with it; that prefix is stored with the account, for good. Accounts of earlier versions may nest: the longer
prefix counts; and where two of them have the same prefix, the later account gets another at its next set-up.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
import re
from string import ascii_lowercase
from typing import Any, Final
from zlib import crc32

from homeassistant.components.recorder.models import StatisticMetaData
from homeassistant.components.recorder.statistics import get_metadata
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util import slugify
from homeassistant.util.hass_dict import HassKey

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.const import CONF_STATISTICS_PREFIX, CONF_TENANT, DOMAIN, LOGGER
from custom_components.reengen.measurements import COSTS

from .recorder_work import async_read
from .series import HistorySeries, HistoryUnavailableError, ids_of, parsed_id
from .store import async_clear

_MARK_LENGTH: Final = 6

# A key with a number between words may be the end of a longer prefix, a point and a key.
_NUMBER_WITHIN: Final = re.compile(r"_\d+_")


def statistics_prefix(entry: ConfigEntry[Any]) -> str:
    """Return what the statistic ids of an account begin with."""
    return str(entry.data.get(CONF_STATISTICS_PREFIX) or slugify(entry.data[CONF_TENANT]))


@callback
def async_keep_prefix(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Store another prefix than the slugged tenant with an account whose tenant's slug an earlier account has."""
    if CONF_STATISTICS_PREFIX in entry.data:
        return
    accounts = _accounts(hass)
    of_tenant = [account for account in accounts if _identity(account) == _identity(entry)]
    if (kept := next((account for account in of_tenant if CONF_STATISTICS_PREFIX in account.data), None)) is not None:
        prefix = statistics_prefix(kept)
    else:
        earlier = [
            account
            for account in accounts
            if CONF_STATISTICS_PREFIX in account.data or _age(account) < _age(of_tenant[0])
        ]
        prefix = _prefix_beside(earlier, _identity(entry), may_nest=True)
    if prefix != statistics_prefix(entry):
        _store(hass, entry, prefix)


@callback
def async_keep_prefix_elsewhere(hass: HomeAssistant, entry: ConfigEntry[Any], url: str) -> None:
    """Store the prefixes of a tenant's accounts at both addresses: an account is about to move to `url`."""
    both = _identity(entry), (url, entry.data[CONF_TENANT])
    for account in _accounts(hass):
        if _identity(account) in both:
            _store(hass, account, statistics_prefix(account))


def _store(hass: HomeAssistant, entry: ConfigEntry[Any], prefix: str) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_STATISTICS_PREFIX: prefix})


@callback
def prefix_of_new(hass: HomeAssistant, url: str, tenant: str) -> str:
    """Return the prefix of an account that is being added: its tenant's own, or one that no other account has."""
    identity, accounts = (url, tenant), _accounts(hass)
    if (same := next((account for account in accounts if _identity(account) == identity), None)) is not None:
        return statistics_prefix(same)
    return _prefix_beside(accounts, identity, may_nest=False)


def _prefix_beside(others: Iterable[ConfigEntry[Any]], identity: tuple[str, str], *, may_nest: bool) -> str:
    taken = {statistics_prefix(account) for account in others}
    return next(
        prefix
        for prefix in _candidates(identity)
        if not any(prefix == other or (not may_nest and _nests(prefix, other)) for other in taken)
    )


def _accounts(hass: HomeAssistant) -> list[ConfigEntry[Any]]:
    """Return all accounts, also disabled ones, the oldest first."""
    return sorted(hass.config_entries.async_entries(DOMAIN), key=_age)


def _age(entry: ConfigEntry[Any]) -> tuple[datetime, str]:
    return entry.created_at, entry.entry_id


def _identity(entry: ConfigEntry[Any]) -> tuple[str, str]:
    return str(entry.data[CONF_URL]), str(entry.data[CONF_TENANT])


def _candidates(identity: tuple[str, str]) -> Iterator[str]:
    """Yield the slugged tenant, then the same behind letters that stand for tenant and address.

    So an account that is added again finds what it had before, and no other one does; and it nests with none, whatever
    numbers the tenant has.
    """
    slug = slugify(identity[1])
    yield slug
    for number in count():
        value = crc32("\n".join((*identity, str(number))).encode())
        yield f"{''.join(ascii_lowercase[value // 26**place % 26] for place in range(_MARK_LENGTH))}_{slug}"


def _nests(one: str, other: str) -> bool:
    """Return whether an id of the longer prefix could be one of the shorter: it goes on with a number."""
    shorter, longer = sorted((one, other), key=len)
    return re.match(rf"{re.escape(shorter)}_\d", longer) is not None


def is_own(statistic_id: str, prefix: str, others: Collection[str], keys: Collection[str]) -> bool:
    """Return whether an id is certain to be one of the prefix.

    It is not where a longer prefix of the `others` fits. A key that has a number within, and is not one of the account's
    `keys`, may be the rest of the prefix of an account that was removed.
    """
    parsed = parsed_id(prefix, statistic_id)
    if parsed is None or any(len(other) > len(prefix) and parsed_id(other, statistic_id) for other in others):
        return False
    return parsed[1] in keys or not _NUMBER_WITHIN.search(f"_{parsed[1]}")


async def async_own_statistics(
    hass: HomeAssistant, entry: ConfigEntry[Any], keys: Collection[str] = ()
) -> Mapping[str, StatisticMetaData]:
    """Return all statistics that exist of an account, of chosen points or not, by id.

    `keys` are known to be its own, beside those of its options. Raises: HistoryUnavailableError.
    """

    def read() -> dict[str, StatisticMetaData]:
        return {key: metadata for key, (_, metadata) in get_metadata(hass, statistic_source=DOMAIN).items()}

    others = {statistics_prefix(other) for other in hass.config_entries.async_entries(DOMAIN)}
    prefix, known = statistics_prefix(entry), {*COSTS, *AccountOptions.of(entry).catalogue, *keys}
    found = await async_read(hass, read)
    return {key: metadata for key, metadata in found.items() if is_own(key, prefix, others, known)}


async def async_own_statistic_ids(hass: HomeAssistant, entry: ConfigEntry[Any], keys: Collection[str] = ()) -> set[str]:
    """Return the ids of what `async_own_statistics` returns. Raises: HistoryUnavailableError."""
    return set(await async_own_statistics(hass, entry, keys))


@dataclass(kw_only=True, slots=True)
class _Claim:
    """The statistics that an account has chosen, and what decides who owns them: the least place of those loaded does.

    `settled` are those whose whole depth of so many months (0: everything) the account has found to be the platform's, as
    of now.
    """

    place: tuple[bool, datetime, str]
    statistic_ids: frozenset[str]
    settled: Collection[str]
    months: int
    is_loaded: bool = True

    def reaches(self, other: _Claim) -> bool:
        """Return whether the depth is that of another claim, or more."""
        return self.months == 0 or 0 < other.months <= self.months


_CLAIMS: HassKey[dict[str, _Claim]] = HassKey(f"{DOMAIN}_history_claims")


class Ownership:
    """What one account owns, and what it leaves to others: of several that chose a statistic one at a time writes it.

    Two users of one tenant see the same points, and what they set up may differ: another time zone moves every hour.
    The account that was added first owns the statistic; a paused one leaves it to the next.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Nothing is claimed yet."""
        self._claims = hass.data.setdefault(_CLAIMS, {})
        self._entry = entry
        self.elsewhere: dict[str, str] = {}

    @callback
    def claim(
        self, series: Sequence[HistorySeries], *, paused: bool, settled: Collection[str] = (), months: int = 0
    ) -> tuple[HistorySeries, ...]:
        """Claim all chosen series and return those that the account owns; note who owns the others.

        `months` is the chosen depth, 0 for everything.
        """
        place = (paused, self._entry.created_at, self._entry.entry_id)
        mine = frozenset(ids_of(series))
        self._claims[self._entry.entry_id] = _Claim(place=place, statistic_ids=mine, settled=settled, months=months)
        before = sorted(other.place for other in self._claims.values() if other.is_loaded and other.place < place)
        # Of several owners the last one stays in the dict: that with the least place.
        self.elsewhere = {
            key: owner for *_, owner in reversed(before) for key in self._claims[owner].statistic_ids & mine
        }
        return tuple(one for one in series if one.statistic_id not in self.elsewhere)

    @property
    def settled_elsewhere(self) -> set[str]:
        """Return the statistics that another account owns and has settled, as far back as is chosen here."""
        claims = self._claims
        return {
            key
            for key, owner in self.elsewhere.items()
            if claims[owner].is_loaded
            and key in claims[owner].settled
            and claims[owner].reaches(claims[self._entry.entry_id])
        }

    @callback
    def release(self) -> None:
        """Leave everything to others."""
        if (claim := self._claims.get(self._entry.entry_id)) is not None:
            claim.is_loaded = False


async def async_remove_statistics(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove the statistics of a removed account, if the user chose so beforehand.

    What another account of the tenant has chosen stays, or may have had chosen before; all stays while one of them is not
    loaded, because its points are not known then.
    """
    if AccountOptions.of(entry).keep_statistics or DATA_INSTANCE not in hass.data:
        return
    claims, used = hass.data.get(_CLAIMS, {}), set[str]()
    accounts = [other for other in hass.config_entries.async_entries(DOMAIN) if other is not entry]
    of_prefix = [other for other in accounts if statistics_prefix(other) == statistics_prefix(entry)]
    for other in of_prefix:
        claim = claims.get(other.entry_id)
        if claim is None or not claim.is_loaded:
            LOGGER.warning(
                "The statistics of %s were not removed: %s may need them and is not loaded", entry.title, other.title
            )
            return
        used |= claim.statistic_ids
    try:
        own = await async_own_statistic_ids(hass, entry)
        if of_prefix or _has_shared(accounts, entry):
            own &= claims[entry.entry_id].statistic_ids if entry.entry_id in claims else frozenset()
        await async_clear(hass, own - used)
    except HistoryUnavailableError as error:
        LOGGER.warning("The statistics of %s were not removed: %s", entry.title, error)


def _has_shared(others: Iterable[ConfigEntry[Any]], entry: ConfigEntry[Any]) -> bool:
    """Return whether another account's slugged tenant is the prefix of this one.

    Before prefixes were stored that account may have written under it what the platform no longer has: then only what
    the removed account has chosen itself is certain to be its own.
    """
    prefix = statistics_prefix(entry)
    return any(slugify(other.data[CONF_TENANT]) == prefix != statistics_prefix(other) for other in others)
