"""What a simulated world is made from."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

# Above this number of points the extra ones get hours of data, not days: a start must stay short.
MANY_POINTS: Final = 2_000
EXTRA_DAYS: Final = 2.0
EXTRA_DAYS_OF_MANY: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class WorldOptions:
    """Everything that decides which world is built; equal options give equal readings.

    `start` is the aware instant of the first reading; None means whole local days, `history_days` before now.
    `late_minutes` is the usual delay between the end of a reading and its visibility.
    `level_days` bounds power, voltage and current, `extra_days` the generated points beyond the fixed site
    (None: two days, a quarter of a day above 2 000 points).
    """

    seed: int = 1
    points: int = 40
    time_zone: str = "Europe/Istanbul"
    start: datetime | None = None
    tenant: str = "xyz"
    user: str = "demo"
    password: str = "demo-password"  # noqa: S105 - the made-up account of a made-up tenant
    late_minutes: int = 0
    history_days: int = 400
    level_days: float = 40.0
    extra_days: float | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the tenant's wall clock."""
        return ZoneInfo(self.time_zone)

    @property
    def extra_window(self) -> timedelta:
        """Return how far back the generated points have readings."""
        default = EXTRA_DAYS if self.points <= MANY_POINTS else EXTRA_DAYS_OF_MANY
        return timedelta(days=default if self.extra_days is None else self.extra_days)

    def first_instant(self, now: datetime) -> datetime:
        """Return the instant from which the world has readings, in UTC."""
        if self.start is not None:
            return self.start.astimezone(UTC)
        midnight = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return (midnight - timedelta(days=self.history_days)).astimezone(UTC)

    def fingerprint(self) -> dict[str, Any]:
        """Return what must be equal for a stored world to be used again; the account is not part of it."""
        chosen = asdict(self)
        del chosen["user"], chosen["password"]
        chosen["start"] = self.start.isoformat() if self.start else None
        return chosen
