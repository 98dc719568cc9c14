"""Where points hold those below them: which of both count on the Energy dashboard, as the user has decided; pure."""

from collections.abc import Collection, Iterator

from custom_components.reengen.const import KEEP_CHILDREN

from .energy_plan import NOT_COUNTED, Account, Home, holding_children
from .energy_roles import FAMILIES, Preferences, Record, Section


def counted_once(account: Account, home: Home) -> Preferences:
    """Return the preferences without the sources that count what others count, or the same ones where there are none.

    Devices that are sources from now on are taken out as well: what is planned next puts all where it belongs.
    """
    sources = home.preferences.get(Section.SOURCES, ())
    meters = [str(each.get("stat_energy_from")) if each.get("type") != NOT_COUNTED else "" for each in sources]
    named = [home.sensors.get(meter, meter) for meter in meters]
    keeps_children = account.kept == KEEP_CHILDREN
    counted = holding_children(account, home) if keeps_children else _below(account, named)
    if not (removed := counted.intersection(named)):
        return home.preferences
    freed = removed | _below(account, removed) if keeps_children else removed
    return {
        **home.preferences,
        Section.SOURCES: [each for each, name in zip(sources, named, strict=True) if name not in removed],
        **{
            section: list(_without(home, home.preferences.get(section, ()), freed))
            for section in (Section.DEVICES, Section.WATER_DEVICES)
        },
    }


def _below(account: Account, statistics: Collection[str]) -> frozenset[str]:
    """Return what the points below those of some statistics measure of the same."""
    return frozenset(
        account.statistic_id(point, role)
        for role in FAMILIES.keys() & account.keys.keys()
        for point in account.chosen
        if any(account.statistic_id(above, role) in statistics for above in account.tree.ancestors(point))
    )


def _without(home: Home, devices: Collection[Record], freed: Collection[str]) -> Iterator[Record]:
    """Yield the devices but some; what was included in those is included in the nearest one above them that stays."""

    def statistic(name: str | None) -> str | None:
        return None if name is None else home.sensors.get(name, name)

    above = {statistic(record["stat_consumption"]): record.get("included_in_stat") for record in devices}

    def nearest(name: str | None) -> str | None:
        # Devices that a person has included in each other in a circle end it as well.
        for _ in above:
            if statistic(name) in freed:
                name = above.get(statistic(name))
        return None if statistic(name) in freed else name

    for record in devices:
        own, included_in = statistic(record["stat_consumption"]), record.get("included_in_stat")
        if own in freed:
            continue
        kept = {key: value for key, value in record.items() if key != "included_in_stat"}
        if statistic(included_in) not in freed:
            yield record
        elif (found := nearest(included_in)) is None or statistic(found) == own:
            yield kept
        else:
            yield {**kept, "included_in_stat": found}
