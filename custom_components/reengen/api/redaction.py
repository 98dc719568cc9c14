"""Hides the password and the connection ids in texts that leave the client."""

from collections import deque
import html
import json
from typing import Final
from urllib.parse import quote, quote_plus

_HIDDEN: Final = "**"
# A shorter piece of a secret tells nothing, and to hide it would spoil ordinary words.
_TELLING_LENGTH: Final = 6
# Connection ids that are kept, as a late response may name an old one; on a platform that refuses every id there would
# be more and more of them.
_REMEMBERED_IDS: Final = 50


class Redactor:
    """Hides secrets in texts: as they are and as JSON, HTML, a URL or Python's repr would write them."""

    def __init__(self, password: str) -> None:
        """Hide the password always."""
        self._password = written_forms(password)
        self._ids: deque[list[str]] = deque(maxlen=_REMEMBERED_IDS)

    def add(self, connection_id: str) -> None:
        """Hide this from now on, and after its end."""
        self._ids.append(written_forms(connection_id))

    def __call__(self, text: str) -> str:
        """Return the text without the secrets, and without the beginning of one where the text was cut short."""
        for forms in (self._password, *self._ids):
            for form in forms:
                text = _without(form, text)
        return text


def written_forms(secret: str) -> list[str]:
    """Return how the secret may be written, the longest first, as a shorter form may be part of a longer one."""
    quoted = (json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret))
    escaped = (html.escape(secret), quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace"))
    return sorted({secret, *escaped, *(text[1:-1] for text in quoted)} - {""}, key=len, reverse=True)


def _without(form: str, text: str) -> str:
    text = text.replace(form, _HIDDEN)
    for length in range(len(form) - 1, _TELLING_LENGTH - 1, -1):
        text = text.replace(f"{form[:length]}…", f"{_HIDDEN}…")
        if text.endswith(form[:length]):
            text = text[:-length] + _HIDDEN
    return text
