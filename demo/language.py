"""What the demo says in the language of its Home Assistant: names that a user would type, the demo's own among them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One language."""

    code: str
    automation: str
    shed: str
    blueprint: str


ENGLISH: Final = Language(
    code="en",
    automation="Keep the peak down",
    shed="Load is shed",
    blueprint="shed_load.yaml",
)
TURKISH: Final = Language(
    code="tr",
    automation="Puantı düşük tut",
    shed="Yük atıldı",
    blueprint="shed_load_tr.yaml",
)
LANGUAGES: Final = {language.code: language for language in (ENGLISH, TURKISH)}
