"""One HTTP request: read, remembered, answered or made to fail."""

import asyncio
from contextlib import suppress
import json
from typing import Any, Final

from aiohttp import web

from simulator.faults import FAULTS, HTML, JSON, encoded
from simulator.methods import Payload, Reply, failure
from simulator.records import RequestRecord
from simulator.running import RunningPlatform

HIDDEN: Final = "***"
GATEWAY_PAGE: Final = "<!DOCTYPE html><html><body><h1>504 Gateway Time-out</h1></body></html>"


class HttpCall:
    """A request on its way; the faults decide which of its steps happen."""

    def __init__(self, simulator: RunningPlatform, request: web.Request, body: Any, problem: str | None) -> None:
        """Take what arrived; `problem` says why the body cannot be used."""
        connection_id = request.headers.get("XConnectionId")
        self._simulator = simulator
        self._request = request
        self._body = body
        self._problem = problem
        self._reply: asyncio.Task[Reply] | None = None
        self._streamed = False
        self.record = RequestRecord(
            method=body.get("$") if isinstance(body, dict) and isinstance(body.get("$"), str) else None,
            at=simulator.clock.now(),
            body=_without_password(body),
            connection_id=connection_id,
            session=simulator.platform.sessions.number(connection_id),
            xlang=request.headers.get("XLang"),
        )
        simulator.requests.append(self.record)

    @classmethod
    async def received(cls, simulator: RunningPlatform, request: web.Request) -> HttpCall:
        """Read the request; what is no JSON is refused later, so that it is remembered too."""
        raw = await request.read()
        if request.content_type != JSON:
            return cls(simulator, request, None, f"Content-Type must be {JSON}")
        try:
            return cls(simulator, request, json.loads(raw), None)
        except ValueError:
            return cls(simulator, request, None, "The request is not valid JSON")

    async def answer(self) -> web.StreamResponse:
        """Return the response, ordinary or by the fault that was queued for it."""
        simulator = self._simulator
        caller = self.record.connection_id or ""
        simulator.active[caller] = simulator.active.get(caller, 0) + 1
        try:
            cap = simulator.profile.concurrency_cap
            if cap is not None and caller and simulator.active[caller] > cap:
                return self._noted(self._too_many())
            if simulator.profile.latency:
                await self.wait(simulator.profile.latency)
            fault = simulator.take_fault(self.record.method)
            if fault is None:
                return self._noted(self.send(await self._in_time(await self.execute())))
            self.record.fault = fault.name
            return self._noted(await FAULTS[fault.name].run(self, fault.options))
        finally:
            simulator.active[caller] -= 1
            if not simulator.active[caller]:
                del simulator.active[caller]

    async def _in_time(self, reply: Reply) -> Reply:
        """Return the reply when its rows have taken their time, or a gateway's page when that is too long."""
        profile = self._simulator.profile
        needed = profile.seconds_per_row * (self.record.rows or 0)
        limit = profile.gateway_seconds
        if limit is not None and needed > limit:
            self.record.rows = None
            await self.wait(limit)
            return Reply(page=GATEWAY_PAGE, status=504)
        if needed:
            await self.wait(needed)
        return reply

    async def execute(self) -> Reply:
        """Do what was asked, once; a client that leaves does not undo it."""
        if self._reply is None:
            self._reply = asyncio.create_task(self._execute())
            self._simulator.running.add(self._reply)
            self._reply.add_done_callback(self._simulator.running.discard)
        return await asyncio.shield(self._reply)

    async def _execute(self) -> Reply:
        if self._problem is not None:
            return Reply(payload=failure(self._problem))
        platform = self._simulator.platform
        loop = asyncio.get_running_loop()
        reply = await loop.run_in_executor(
            None, platform.answer, self._body, self.record.connection_id, self.record.xlang
        )
        if reply.payload is not None:
            self.record.rows = _row_count(reply.payload)
            self._simulator.responses.append((id(self.record), reply.payload))
        return reply

    def send(self, reply: Reply) -> web.Response:
        """Return the ordinary response for a reply."""
        if reply.payload is None:
            return web.Response(text=reply.page or "", status=reply.status, content_type=HTML)
        response = web.Response(body=encoded(reply.payload), status=reply.status, content_type=JSON, charset="utf-8")
        if self._simulator.profile.gzip:
            response.enable_compression()
        return response

    def _too_many(self) -> web.StreamResponse:
        said = self._simulator.profile.concurrency_refusal
        return self.send(
            Reply(payload=failure("Too many requests at once"), status=200 if said == "200-false" else int(said))
        )

    def abort(self) -> web.StreamResponse:
        """Break the connection off without a response."""
        if self._request.transport is not None:
            self._request.transport.abort()
        self._streamed = True
        return web.Response(status=500)

    async def silence(self) -> web.StreamResponse:
        """Say nothing until the client leaves (which cancels this) or the server stops."""
        await self._simulator.stopping.wait()
        return self.abort()

    async def wait(self, seconds: float) -> None:
        """Let time pass, or until the server stops."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._simulator.stopping.wait(), seconds)

    async def stream(self, pieces: list[bytes], *, pause: float = 0.0, whole: bool = True) -> web.StreamResponse:
        """Send the body piece by piece; not `whole`: break off after the last."""
        response = web.StreamResponse(headers={"Content-Type": f"{JSON}; charset=utf-8"})
        await response.prepare(self._request)
        for piece in pieces:
            with suppress(ConnectionResetError):
                await response.write(piece)
            if pause:
                await self.wait(pause)
        if not whole:
            return self.abort()
        return response

    def expire_session(self) -> None:
        """Let the connection id of this request die."""
        self._simulator.platform.sessions.expire(self.record.connection_id)

    def earlier_response(self) -> Payload | None:
        """Return the latest response to an earlier request."""
        earlier = [payload for owner, payload in self._simulator.responses if owner != id(self.record)]
        return earlier[-1] if earlier else None

    def _noted(self, response: web.StreamResponse) -> web.StreamResponse:
        if not self._streamed:
            self.record.status = response.status
        return response


def _without_password(body: Any) -> Any:
    if not isinstance(body, dict) or not isinstance(body.get("properties"), dict):
        return body
    properties = body["properties"]
    if "password" not in properties:
        return body
    return {**body, "properties": {**properties, "password": HIDDEN}}


def _row_count(payload: Payload) -> int | None:
    properties = payload.get("properties")
    data = properties.get("data") if isinstance(properties, dict) else None
    if isinstance(data, dict):
        return sum(len(rows or ()) for rows in data.values())
    return len(data) if isinstance(data, list) else None
