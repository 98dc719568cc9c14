"""Whether the platform's clock runs ahead of the zone that the options name: then readings lie in the future."""

from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.util import dt as dt_util

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import ReengenRefusedError, Resolution, floor_to_bucket
from custom_components.reengen.const import CLOCK_INTERVAL, LOGGER, QUARTER_HOUR
from custom_components.reengen.points import ChosenPointsCoordinator, PointsCoordinator

# The quarter hour that runs, and one more for clocks that are set badly: no two zones are that close.
_TOLERANCE: Final = 2 * QUARTER_HOUR

# The zones of the world are no further apart.
_FURTHEST: Final = timedelta(hours=26)

# A wrong zone shows on every meter, so a few are enough: 50 points x 104 quarter hours fit into one response.
_POINTS_ASKED: Final = 50


class ClockCoordinator(ChosenPointsCoordinator[datetime | None]):
    """Looks for readings of the future; the newest start of a bucket that has a value, or None."""

    def __init__(self, points: PointsCoordinator) -> None:
        """Look seldom: clocks are wrong from the beginning or since somebody changed an option."""
        super().__init__(points, name="clock", interval=CLOCK_INTERVAL)
        self.client = points.client.in_background()
        # An issue may be left from before a reload: also nothing found is news.
        self.always_update = True

    @override
    async def _async_read(self) -> datetime | None:
        series = next(iter(AccountOptions.of(self.config_entry).measurements), None)
        if series is None:
            return None
        chosen = [point.code for point in self.points.data.chosen]
        # Known refusals are left out; what is refused here is not looked for: it may be the question.
        codes = self.points.refused.not_refused("GetData", chosen, series.key)[:_POINTS_ASKED]
        if not codes:
            return None
        now = dt_util.utcnow()
        start = floor_to_bucket(now, Resolution.FIFTEEN_MINUTES, self.client.time_zone) + _TOLERANCE
        try:
            response = await self.client.get_data(
                [series.series], points=codes, start=start, end=start + _FURTHEST, resolution=Resolution.FIFTEEN_MINUTES
            )
        except ReengenRefusedError as error:
            # Some platforms answer no question about the future, which is as good as having nothing there.
            LOGGER.debug("The future was not looked into: %s", error)
            return None
        self.oddities.report("clock", response.oddities)
        stamps = (reading.bucket_start for reading in response.series[0] or () if reading.value is not None)
        return max((stamp for stamp in stamps if stamp >= start), default=None)
