"""Hides the names of tenant and user in what leaves Home Assistant, however they are written there."""

from collections.abc import Collection, Iterator, Mapping
import re
from typing import Any, Final
import unicodedata
from urllib.parse import quote

from homeassistant.components.diagnostics import REDACTED
from homeassistant.util import slugify

from custom_components.reengen.api import written_forms
from custom_components.reengen.const import DEFAULT_URL, DOMAIN
from custom_components.reengen.measurements import COSTS, MEASUREMENTS

# A name as short as this is a part of many words that do not tell it, so only words of their own are hidden.
_SHORT: Final = 3
_WORD: Final = r"(?<![^\W_]){}(?![^\W_])"
# Words also begin at capitals, and where letters and digits meet: codes of points are often written so ("abcTrafo6").
_CAMEL_WORD: Final = (
    r"(?:(?<![^\W_])|(?<=[a-z\d])(?=[A-Z])|(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)){}"
    r"(?:(?![^\W_])|(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d))"
)
_STAMPS: Final = (r"\A\d{4}-\d\d-\d\dT[\d:.+]+\Z", r"\A\d+:\d\d:\d\d\Z")

# Keys are the file's own where they are words in small letters; but in the first of these mappings they are codes of points,
# and measurements of which some are the user's own, and in the other they are the methods of the API.
_KEYED_BY_OTHERS: Final = {"unlisted_commands", "usual_delay_minutes"}
_KEYED_BY_METHOD: Final = "requests"
_OWN_KEY: Final = re.compile(r"[a-z]+(?:_[a-z]+)*")


class AccountRedactor:
    """Hides the names in texts and in whole JSON; what every account has alike stays, such as keys of the catalogue.

    Of a file with the names of one account nothing differs from that of another, unless a name is a word of the file.
    """

    def __init__(self, *names: str, kept: Collection[str] = ()) -> None:
        """Hide these names; `kept` are texts that say nothing of an account though a name may be in them."""
        forms = sorted({form for name in names for form in _forms(name)}, key=len, reverse=True)
        hidden = {form.casefold() for form in forms}
        words = sorted({*kept, *MEASUREMENTS, *COSTS, DEFAULT_URL, DOMAIN} - {""}, key=len, reverse=True)
        slugs = "|".join(re.escape(slugify(name)) for name in names)
        # Of the id of a statistic only the account's part is hidden, however short it is.
        stay = [f"{DOMAIN}:(?=(?:{slugs})_)"]
        stay += [_WORD.format(re.escape(word)) for word in words if word.casefold() not in hidden]
        stay += [stamp for stamp in _STAMPS if not any(re.fullmatch(stamp, form) for form in forms)]
        self._pattern = re.compile(
            "|".join([f"(?P<kept>{'|'.join(stay)})", f"(?<={DOMAIN}:)(?:{slugs})(?=_)", *map(_pattern, forms)])
        )

    def text(self, text: str) -> str:
        """Return the text without the names."""
        return self._pattern.sub(lambda found: REDACTED if found["kept"] is None else found["kept"], text)

    def json(self, found: Any, name: str = "") -> Any:
        """Return what stands under a name of the file without the names of the account."""
        if isinstance(found, str):
            return self.text(found)
        if isinstance(found, Mapping):
            return {self._key(key, name): self.json(value, str(key)) for key, value in found.items()}
        if isinstance(found, (list, tuple)):
            return [self.json(each) for each in found]
        return found

    def _key(self, key: Any, name: str) -> Any:
        is_own = name == _KEYED_BY_METHOD or (name not in _KEYED_BY_OTHERS and _OWN_KEY.fullmatch(str(key)))
        return key if is_own else self.text(str(key))


def _pattern(form: str) -> str:
    text = f"(?i:{re.escape(form)})"
    if len(form) == 1 or form.isdecimal() or not any(map(str.isalnum, form)):
        return _WORD.format(text)
    return _CAMEL_WORD.format(text) if len(form) <= _SHORT else text


def _forms(name: str) -> Iterator[str]:
    """Yield how the name may be written: in other letters, as a part of an id or an address, escaped."""
    if not name:
        return
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    slugs = (slugify(name), slugify(name, separator="-")) if any(map(str.isalnum, plain)) else ()
    for form in (name, plain, " ".join(name.split()), *slugs):
        for variant in (form, form.casefold(), form.lower(), form.upper(), unicodedata.normalize("NFC", form)):
            yield from written_forms(variant)
            yield from {quote(variant)} - {""}
