"""The keys of the entities of demand."""

from typing import Final

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.points import SensorKeys
from custom_components.reengen.readings import POWERS

# The power whose energy is billed: what is drawn.
POWER_KEY: Final = "active_power"

HIGHEST_THIS_MONTH: Final = "highest_demand_this_month"
HIGHEST_LAST_MONTH: Final = "highest_demand_last_month"
SHARE: Final = "contracted_power_share"
EXCEEDED: Final = "contracted_power_exceeded"
NEAR: Final = "near_contracted_power"

CONTRACT_KEYS: Final = frozenset({SHARE, EXCEEDED, NEAR})


def demand_keys(options: AccountOptions) -> SensorKeys:
    """Return the keys of these entities: wanted where the energy that is drawn is read."""
    known = CONTRACT_KEYS | {HIGHEST_THIS_MONTH, HIGHEST_LAST_MONTH}
    is_read = any(row.key == POWERS[POWER_KEY] for row in options.measurements)
    return SensorKeys(known=known, wanted=known if is_read else frozenset())
