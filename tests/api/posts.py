"""One POST of the transport, as its tests make it."""

from typing import Any

import aiohttp

from custom_components.reengen.api.redaction import Redactor
from custom_components.reengen.api.transport import HttpResponse, Transport

from .conftest import CONNECTION_ID, PASSWORD, envelope, http_bytes

QUERY = {"$": "GetPointHierarchy"}
OK = http_bytes(envelope({"data": []}))


def transport_to(session: aiohttp.ClientSession, url: str, *, tenant: str = "xyz") -> Transport:
    redact = Redactor(PASSWORD)
    redact.add(CONNECTION_ID)
    return Transport(session, url=url, tenant=tenant, redact=redact)


async def post(session: aiohttp.ClientSession, url: str, *, seconds: float = 5.0, query: Any = None) -> HttpResponse:
    return await transport_to(session, url).post(query or QUERY, connection_id=CONNECTION_ID, seconds=seconds)
