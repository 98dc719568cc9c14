"""The transformer of these tests and its newest quarter hours, as its meter reports them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from simulator import Simulator
from tests import oracle
from tests.conftest import NOW
from tests.odd_platform import tamper

TRAFO_6: Final = "xFabrikaTrafo6"
IMPORT: Final = ("activeEnergy", "import")
QUARTER, WINDOW = timedelta(minutes=15), timedelta(hours=3)
# The quarter hour in which the clocks of these tests stand began then.
FLOOR: Final = NOW.replace(minute=15)


def spoil_newest(simulator: Simulator, series: str) -> Callable[[], None]:
    """Let the newest quarter hour of a series have a text for its value; what this returns ends it."""

    def spoil(method: str, asked: dict[str, Any], payload: dict[str, Any]) -> None:
        if method == "GetData" and asked["resolution"] == "fifteenmin":
            rows = payload["properties"]["data"][series]
            newest = max(row[0] for row in rows)
            payload["properties"]["data"][series] = [[*row[:2], "-"] if row[0] == newest else row for row in rows]

    return tamper(simulator, spoil)


def report(simulator: Simulator, energies: Mapping[datetime, float | None], measured: tuple[str, str] = IMPORT) -> None:
    """Let the transformer have these readings and no other of the last day: Wh or varh by the end of the quarter hour."""
    series = oracle.series_id(simulator, TRAFO_6, *measured)
    begin = (simulator.clock.now() - timedelta(days=1)).timestamp()
    simulator.database.execute("DELETE FROM sample WHERE series = ? AND end_utc >= ?", (series, begin))
    simulator.database.executemany(
        "INSERT INTO sample(series, end_utc, value, revealed_utc) VALUES (?, ?, ?, ?)",
        [(series, int(end.timestamp()) - 1, value, int(end.timestamp())) for end, value in energies.items()],
    )
