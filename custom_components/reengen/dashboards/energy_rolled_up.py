"""Where points hold those below them: which of both count on the Energy dashboard, as the user has decided; pure."""

from collections.abc import Collection, Iterator

from custom_components.reengen.const import KEEP_CHILDREN

from .energy_account import Account, Home, holding_children
from .energy_roles import DEVICES, MEASURED, NOT_COUNTED, Preferences, Record, Section


def counted_once(account: Account, home: Home) -> Preferences:
    """Return the preferences without the sources that count what others count, or the same ones where there are none.

    Devices that are sources from now on are taken out as well: what is planned next puts all where it belongs.
    """
    sources = home.records(Section.SOURCES)
    meters = [None if each.get("type") == NOT_COUNTED else each.get(MEASURED[Section.SOURCES]) for each in sources]
    named = [home.statistic(meter) for meter in meters]
    keeps_children = account.kept == KEEP_CHILDREN
    counted = holding_children(account, home) if keeps_children else _below(account, named)
    if not (removed := counted.intersection(named)):
        return home.preferences
    freed = removed | _below(account, removed) if keeps_children else removed
    return {
        **home.preferences,
        Section.SOURCES: [each for each, name in zip(sources, named, strict=True) if name not in removed],
        **{section: list(_without(home, home.records(section), freed)) for section in DEVICES},
    }


def _below(account: Account, statistics: Collection[str]) -> frozenset[str]:
    """Return what the points below those of some statistics measure of the same."""
    return frozenset(
        account.statistic_id(point, role)
        for point, role in account.meters()
        if any(account.statistic_id(above, role) in statistics for above in account.tree.ancestors(point))
    )


def _without(home: Home, devices: Collection[Record], freed: Collection[str]) -> Iterator[Record]:
    """Yield the devices but some; what was included in those is included in the nearest one above them that stays."""
    above = {home.statistic(record["stat_consumption"]): record.get("included_in_stat") for record in devices}

    def nearest(name: str | None) -> str | None:
        # Devices that a person has included in each other in a circle end it as well.
        for _ in above:
            if home.statistic(name) in freed:
                name = above.get(home.statistic(name))
        return None if home.statistic(name) in freed else name

    for record in devices:
        own, included_in = home.statistic(record["stat_consumption"]), record.get("included_in_stat")
        if own in freed:
            continue
        kept = {key: value for key, value in record.items() if key != "included_in_stat"}
        if home.statistic(included_in) not in freed:
            yield record
        elif (found := nearest(included_in)) is None or home.statistic(found) == own:
            yield kept
        else:
            yield {**kept, "included_in_stat": found}
