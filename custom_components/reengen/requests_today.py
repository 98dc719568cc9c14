"""How many requests were sent, in all and since midnight."""

from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_change

from .api import ReengenClient


class RequestCount:
    """Counts from the client's own counters; days begin at midnight in Home Assistant's time zone."""

    def __init__(self, client: ReengenClient) -> None:
        """Begin with the client, which was made today."""
        self._client = client
        self._before_today = 0

    @property
    def total(self) -> int:
        """Return how many requests the client has sent, logins too."""
        return sum(self._client.counters.requests.values())

    @property
    def today(self) -> int:
        """Return how many of them were sent since midnight."""
        return self.total - self._before_today

    @callback
    def async_track_days(self, hass: HomeAssistant) -> CALLBACK_TYPE:
        """Begin anew at each midnight; returns what ends that."""

        @callback
        def day_begins(_now: datetime) -> None:
            self._before_today = self.total

        return async_track_time_change(hass, day_begins, hour=0, minute=0, second=0)
