"""The card of the day's curve by itself, in a page without Home Assistant: what it draws of which hours, and when it asks."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
import re
from typing import Any, Final
from zoneinfo import ZoneInfo

from playwright.async_api import Browser, Page, expect
import pytest

from tests.repository.paths import INTEGRATION

MODULE: Final = INTEGRATION / "dashboards" / "day_curve.js"
HOUR: Final = timedelta(hours=1)
STATISTIC: Final = "reengen:xyz_1_active_energy_import"
ENTITY: Final = "sensor.power"
CONFIG: Final = {
    "statistic": STATISTIC,
    "entity": ENTITY,
    "time_zone": "Europe/Istanbul",
    "label": "<b>Hall</b>: power",
    "today": "<b>Today</b>",
    "yesterday": "Yesterday",
}
LOCALE: Final = {"language": "en", "number_format": "language", "time_format": "language"}
NOW: Final = datetime(2026, 7, 15, 11, 20, tzinfo=UTC)
# The account's clock is neither the browser's nor that of UTC; yesterday has 23, 25 or 24 hours.
DAYS: Final = [
    pytest.param("Europe/Berlin", datetime(2026, 3, 30, 11, 20, tzinfo=UTC), id="after-23h-day"),
    pytest.param("Europe/Berlin", datetime(2026, 10, 26, 11, 20, tzinfo=UTC), id="after-25h-day"),
    pytest.param("Europe/Berlin", datetime(2026, 10, 25, 22, 50, tzinfo=UTC), id="25h-day"),
    pytest.param("Europe/Istanbul", NOW, id="usual"),
    pytest.param("Asia/Kathmandu", NOW, id="plus-5-45"),
]

# The module waits for Home Assistant's app, which brings a registry of elements of its own.
APP: Final = "() => customElements.define('home-assistant', class extends HTMLElement {})"
MAKE: Final = """async ([config, rows, locale]) => {
    await customElements.whenDefined("reengen-day-curve");
    const card = document.createElement("reengen-day-curve");
    window.card = card;
    window.asked = [];
    window.home = (changed) => ({
        locale,
        states: { [config.entity]: changed, "sensor.other": {} },
        callWS: async (message) => {
            window.asked.push(message);
            if (rows === null) throw new Error("gone");
            return { [config.statistic]: rows };
        },
    });
    window.state = {};
    card.setConfig(config);
    card.hass = window.home(window.state);
    document.body.replaceChildren(card);
}"""

# Left, top, right and bottom of the card, the lines, and the texts at its edges.
BOXES: Final = """() => {
    const box = (element) => {
        const range = document.createRange();
        range.selectNode(element);
        const { left, top, right, bottom } = range.getBoundingClientRect();
        return [left, top, right, bottom];
    };
    const root = card.shadowRoot;
    const named = (selector) => [selector, box(root.querySelector(selector))];
    const edges = ["svg", ".legend", ".values span:first-child", ".values span:last-child", ".hours span:first-child",
        ".hours span:last-child"];
    return { card: box(card), ...Object.fromEntries(edges.map(named)) };
}"""

type Row = dict[str, Any]
type Line = list[list[tuple[float, float]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class CardPage:
    """A page with the card alone."""

    page: Page

    async def make(
        self, rows: list[Row] | None, config: Mapping[str, str] = CONFIG, locale: Mapping[str, str] = LOCALE
    ) -> None:
        """Show a card for which the statistic has these rows, None where Home Assistant refuses."""
        await self.page.evaluate(MAKE, [config, rows, {**LOCALE, **locale}])

    async def asked(self) -> list[dict[str, Any]]:
        """Return what the card has asked Home Assistant for."""
        found: list[dict[str, Any]] = await self.page.evaluate("() => window.asked")
        return found

    async def line(self, day: str) -> Line:
        """Return the pieces of a line: hours of the day, and kW."""
        await expect(self.page.locator("path.grid")).to_have_attribute("d", re.compile("^M"))
        drawn = await self.page.locator(f"path.{day}").get_attribute("d") or ""
        pieces = [re.findall(r"([\d.]+) (-?[\d.]+)h0", piece) for piece in drawn.split("M")[1:]]
        return [[(float(hour), -float(power)) for hour, power in piece] for piece in pieces]

    async def texts(self, place: str) -> list[str]:
        """Return the labels of an axis."""
        await self.page.locator(f"{place} span").first.wait_for(state="attached")
        return await self.page.locator(f"{place} span").all_text_contents()


@pytest.fixture
async def card(browser: Browser) -> AsyncIterator[CardPage]:
    """Open an empty page, whose clock stands still, with the module."""
    context = await browser.new_context(timezone_id="America/New_York", locale="en-US")
    page = await context.new_page()
    errors: list[Exception] = []
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - Playwright marks what it calls
    await page.set_content("<main></main>")
    await page.clock.set_fixed_time(NOW)
    await page.add_script_tag(content=MODULE.read_text(), type="module")
    await page.evaluate(APP)
    yield CardPage(page=page)
    await context.close()
    assert errors == []


def row(start: datetime, change: float | None) -> Row:
    milliseconds = int(start.timestamp()) * 1000
    return {"start": milliseconds, "end": milliseconds + 3_600_000, "change": change}


def hours_before(now: datetime) -> Iterator[tuple[datetime, float]]:
    """Yield sixty hours before the one under way, each with another energy, but for some that are not stored."""
    newest = now.replace(minute=0) - HOUR
    for number in range(60):
        if number % 11 != 5:
            yield newest - (59 - number) * HOUR, number + 0.25


def expected(hours: Iterable[tuple[datetime, float]], day: date, zone: ZoneInfo) -> Line:
    """Return the pieces of neighbouring hours of a day, in the middle of each hour on the wall."""
    pieces: Line = []
    last = None
    for start, energy in hours:
        local = start.astimezone(zone)
        if local.date() == day:
            if last is None or start - last != HOUR:
                pieces.append([])
            pieces[-1].append((local.hour + local.minute / 60 + 0.5, energy))
            last = start
    return pieces


@pytest.mark.parametrize(("zone", "now"), DAYS)
async def test_each_known_hour_stands_where_the_clock_says(card: CardPage, zone: str, now: datetime) -> None:
    await card.page.clock.set_fixed_time(now)
    hours = list(hours_before(now))
    # An hour without a value is as unknown as one that is not there.
    rows = [row(start, None if number == 40 else energy) for number, (start, energy) in enumerate(hours)]
    await card.make(rows, {**CONFIG, "time_zone": zone})
    del hours[40]
    today = now.astimezone(ZoneInfo(zone)).date()
    assert await card.line("today") == expected(hours, today, ZoneInfo(zone))
    assert await card.line("yesterday") == expected(hours, today - timedelta(days=1), ZoneInfo(zone))
    (asked,) = await card.asked()
    assert (asked["statistic_ids"], asked["period"], asked["types"]) == ([STATISTIC], "hour", ["change"])
    assert datetime.fromisoformat(asked["start_time"]) <= min(
        start for start, _ in hours if start.astimezone(ZoneInfo(zone)).date() >= today - timedelta(days=1)
    )


async def test_the_axes_hold_all_that_is_drawn(card: CardPage) -> None:
    await card.make([row(NOW.replace(minute=0) - HOUR, -30.0), row(NOW.replace(minute=0) - 2 * HOUR, 1234.5)])
    _, top, width, height = map(float, (await card.page.locator("svg").get_attribute("viewBox") or "").split())
    assert width == 24
    assert top <= -1234.5
    assert top + height >= 30


@pytest.mark.parametrize("width", [320, 900])
async def test_it_keeps_to_its_place(card: CardPage, width: int) -> None:
    """On a phone and beside others: nothing is cut, nothing hangs over, and the lines have most of the room."""
    await card.page.set_viewport_size({"width": width, "height": 400})
    await card.make([row(NOW.replace(minute=0) - HOUR, 1234.5)], locale={"language": "tr"})
    await card.page.evaluate("() => Object.assign(card.style, {display: 'block', height: '248px'})")
    assert len(await card.texts(".values")) == 4
    boxes = await card.page.evaluate(BOXES)
    outer = boxes["card"]
    for name, (left, top, right, bottom) in boxes.items():
        assert left >= outer[0], name
        assert top >= outer[1], name
        assert right <= outer[2], name
        assert bottom <= outer[3], name
    left, top, right, bottom = boxes["svg"]
    # Of the card: the page has a margin beside it, and how wide the figures are is the font's affair.
    assert right - left > (outer[2] - outer[0]) * 0.7
    assert bottom - top > 120


async def test_nothing_is_known(card: CardPage) -> None:
    for refused in (False, True):
        await card.make(None if refused else [])
        assert await card.line("today") == await card.line("yesterday") == []


@pytest.mark.parametrize(
    ("locale", "greatest", "hours"),
    [
        ({}, "1,500", ["12 AM", "6 AM", "12 PM", "6 PM", "12 AM"]),
        ({"language": "tr"}, "1.500", ["00:00", "06:00", "12:00", "18:00", "00:00"]),
        (
            {"number_format": "decimal_comma", "time_format": "24"},
            "1.500",
            ["00:00", "06:00", "12:00", "18:00", "00:00"],
        ),
        ({"number_format": "none", "time_format": "24"}, "1500", ["00:00", "06:00", "12:00", "18:00", "00:00"]),
        ({"language": "tr", "number_format": "comma_decimal", "time_format": "12"}, "1,500", None),
    ],
)
async def test_numbers_and_hours_are_written_as_the_user_wants(
    card: CardPage, locale: dict[str, str], greatest: str, hours: list[str] | None
) -> None:
    await card.make([row(NOW.replace(minute=0) - HOUR, 1234.5)], locale=locale)
    assert (await card.texts(".values"))[0] == greatest
    if hours is not None:
        assert await card.texts(".hours") == hours


async def test_names_are_text(card: CardPage) -> None:
    await card.make([])
    await expect(card.page.get_by_role("img", name=CONFIG["label"])).to_be_visible()
    await expect(card.page.get_by_text(CONFIG["today"], exact=True)).to_be_visible()


async def test_it_asks_every_five_minutes_and_when_the_power_changes_while_it_is_shown(card: CardPage) -> None:
    await card.page.clock.install(time=NOW)
    await card.make([])
    counts = [len(await card.asked())]
    for done in (
        "card.hass = home(state)",
        "card.hass = home(window.state = {})",
        "",
        "card.remove(); card.hass = home(window.state = {})",
        "document.body.append(card)",
    ):
        await card.page.evaluate(f"() => {{ {done} }}")
        if not done:
            await card.page.clock.run_for(5 * 60 * 1000)
        if "remove" in done:
            await card.page.clock.run_for(60 * 60 * 1000)
        counts.append(len(await card.asked()))
    assert counts == [1, 1, 2, 3, 3, 4]


async def test_a_click_opens_the_power(card: CardPage) -> None:
    await card.make([])
    await card.page.evaluate(
        "() => document.addEventListener('hass-more-info', ({detail}) => (window.opened = detail))"
    )
    await card.page.get_by_role("img").click()
    assert await card.page.evaluate("() => window.opened") == {"entityId": ENTITY}


async def test_a_card_without_a_statistic_says_so(card: CardPage) -> None:
    make = "() => document.createElement('reengen-day-curve').setConfig({})"
    with pytest.raises(Exception, match="statistic and time_zone"):
        await card.page.evaluate(make)
