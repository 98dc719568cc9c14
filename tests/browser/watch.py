"""What must not happen in a browser while a person uses the integration."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Request, WebError, WebSocket

LOOPBACK: Final = "127.0.0.1"
# What the browser answers itself.
LOCAL_SCHEMES: Final = frozenset({"data", "blob", "about"})
# Home Assistant fetches other integrations' icons from the internet for the browser.
BRANDS: Final = "/api/brands/"
# What the long lists of Home Assistant's dialogs (lit's virtualizer) say when they are closed before they are laid out.
CLOSED_LIST: Final = "disconnected"


# Playwright keeps what it needs on the object whose methods it calls, so there are no slots.
@dataclass
class Watch:
    """Collects errors of the console and of pages, and requests that leave this machine."""

    trouble: list[str] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Look at everything that pages of this context do."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("page", lambda page: page.on("websocket", self._websocket))

    def _console(self, message: ConsoleMessage) -> None:
        address = urlsplit(message.location.get("url", ""))
        offline_icon = address.path.startswith(BRANDS) and "/reengen/" not in address.path
        if message.type == "error" and not offline_icon:
            self.trouble.append(f"console: {message.text} ({address.path})")

    def _error(self, error: WebError) -> None:
        if (text := str(error.error)) != CLOSED_LIST:
            self.trouble.append(f"page: {text}")

    def _request(self, request: Request) -> None:
        self._address(request.url)

    def _websocket(self, socket: WebSocket) -> None:
        self._address(socket.url)

    def _address(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in LOCAL_SCHEMES and address.hostname != LOOPBACK:
            self.trouble.append(f"request off this machine: {url}")
