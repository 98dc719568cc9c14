"""The watch over the other tests' pages sees what it is there for."""

from playwright.async_api import Browser
import pytest

from .conftest import World
from .watch import Watch


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        pytest.param("console.error('wrong')", "console: wrong ()", id="console"),
        pytest.param("setTimeout(() => { throw new Error('wrong') })", "page: wrong", id="page"),
        pytest.param(
            "for (const why of ['disconnected', 'wrong']) setTimeout(() => { Promise.reject(why) })",
            "page: wrong",
            id="rejection",
        ),
        pytest.param("fetch('http://elsewhere.invalid/').catch(() => 0)", "request off this machine", id="request"),
        pytest.param("new Image().src = '/api/brands/integration/reengen/none.png'", "console: Failed", id="icon"),
        pytest.param("new WebSocket('ws://elsewhere.invalid/')", "request off this machine", id="websocket"),
    ],
)
async def test_trouble_is_seen(world: World, browser: Browser, script: str, seen: str) -> None:
    watch = Watch()
    context = await browser.new_context()
    watch.attach(context)
    page = await context.new_page()
    await page.goto(f"{world.api.url}/manifest.json")
    assert watch.trouble == []
    await page.evaluate(f"() => {{ {script} }}")
    await page.wait_for_load_state("networkidle")
    await page.evaluate("() => new Promise(done => setTimeout(done))")
    await context.close()
    assert any(trouble.startswith(seen) for trouble in watch.trouble), watch.trouble
    assert "page: disconnected" not in watch.trouble
