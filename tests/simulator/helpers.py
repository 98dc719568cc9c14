"""Two ways to ask the simulator: over a socket as a client does, and directly where thousands of questions are asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
import json
from typing import Any

import aiohttp

from simulator import Profile, Simulator, WorldOptions
from simulator.clock import Clock
from simulator.faults import encoded
from simulator.methods import Platform
from simulator.store import open_store

HEADERS = {"Content-Type": "application/json", "XLang": "en,xyz"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a client sees of one exchange; `error` is the class of what was raised instead of a response."""

    status: int | None = None
    content_type: str | None = None
    raw: bytes = b""
    headers: dict[str, str] | None = None
    error: type[BaseException] | None = None

    @property
    def json(self) -> Any:
        """Return the decoded body, numbers with a point as decimals."""
        return json.loads(self.raw, parse_float=Decimal)


class Client:
    """The plainest client: one POST for one call, nothing repeated."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        """Ask a simulator through a session."""
        self.simulator = simulator
        self.session = session
        self.connection_id: str | None = None

    async def log_in(self, user: str = "demo", password: str = "demo-password", tenant: str = "xyz") -> Any:
        """Authenticate and keep the connection id."""
        response = (await self.post("Authenticate", {"tenant": tenant, "user": user, "password": password})).json
        self.connection_id = response["properties"].get("connectionId")
        return response

    async def post(self, method: str, properties: dict[str, Any] | None = None, **options: Any) -> Outcome:
        """Send one method."""
        body: dict[str, Any] = {"$": method}
        if properties is not None:
            body["properties"] = properties
        return await self.send(json.dumps(body), **options)

    async def send(
        self, body: str, *, headers: dict[str, str] | None = None, seconds: float = 30.0, redirects: bool = False
    ) -> Outcome:
        """Send a body as it stands and tell what came back."""
        sent = dict(HEADERS) if headers is None else headers
        if headers is None and self.connection_id:
            sent["XConnectionId"] = self.connection_id
        try:
            async with self.session.post(
                self.simulator.url,
                data=body.encode(),
                headers=sent,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=redirects,
            ) as response:
                return Outcome(
                    status=response.status,
                    content_type=response.content_type,
                    raw=await response.read(),
                    headers=dict(response.headers),
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            return Outcome(error=type(error))


class Direct:
    """A platform without a socket, logged in."""

    def __init__(self, options: WorldOptions, now: datetime, database: str = ":memory:") -> None:
        """Build the world at an instant that stands still."""
        clock = Clock(now)
        self.store = open_store(options, database, clock.now())
        clock.on_move = self.store.grow_to
        self.clock = clock
        self.profile = Profile()
        self.platform = Platform(options, self.store, clock, self.profile)
        self.connection_id: str | None = None
        self.connection_id = self.ask(
            "Authenticate", {"tenant": options.tenant, "user": options.user, "password": options.password}
        )["properties"]["connectionId"]

    def ask(self, method: str, properties: dict[str, Any] | None = None) -> Any:
        """Return a response as it is decoded from its JSON, numbers with a point as decimals."""
        return json.loads(self.raw(method, properties)[1], parse_float=Decimal)

    def raw(self, method: str, properties: dict[str, Any] | None = None) -> tuple[int, bytes]:
        """Return status and body of a response as they leave."""
        body = {"$": method} if properties is None else {"$": method, "properties": properties}
        reply = self.platform.answer(body, self.connection_id, f"en,{self.platform.options.tenant}")
        return reply.status, (reply.page or "").encode() if reply.payload is None else encoded(reply.payload)

    @contextmanager
    def switched(self, **switches: Any) -> Iterator[None]:
        """Set switches for a while."""
        before = {name: getattr(self.profile, name) for name in switches}
        self.profile.change(switches)
        try:
            yield
        finally:
            self.profile.change(before)


def series(definition: str = "activeEnergy", variant: str = "import", **changed: Any) -> dict[str, Any]:
    """Return a measurement series of GetData: the sum in Wh without decimals, but for what is changed."""
    plain = {
        "definition": definition,
        "variant": variant,
        "type": "actual",
        "xFunction": "sum",
        "unit": "Wh",
        "decimalPoints": 0,
    }
    return {**plain, **changed}


def cost(group: str = "activeEnergyCost", utility: str = "electricity", **changed: Any) -> dict[str, Any]:
    """Return a cost series of GetData: of electricity, without tax, with two decimals, but for what is changed."""
    plain = {
        "calculator": "cost",
        "type": "actual",
        "selection": "own",
        "utility": utility,
        "decimalPoints": 2,
        "group": group,
        "includeTax": "None",
    }
    return {**plain, **changed}


def listing(
    start: str, end: str, *definitions: str, variant: str = "import", point: str = "xFabrikaTrafo6"
) -> dict[str, Any]:
    """Return properties of ListDataEx: date, value, register and index of a point's readings."""
    return {
        "requestType": "code",
        "point": [point],
        "definition": list(definitions) or ["activeEnergy"],
        "variant": [variant],
        "type": ["actual"],
        "properties": ["date", "original", "index", "value"],
        "start": start,
        "end": end,
    }


def question(start: str, end: str, *asked: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return properties of GetData: by point and day, but for what is changed."""
    plain = {
        "series": list(asked),
        "point": ["xFabrikaTrafo6"],
        "start": start,
        "end": end,
        "break": {"type": "point"},
        "resolution": "day",
    }
    return {**plain, **changed}
