"""What the demo says in the language of its Home Assistant: names that a user would type, the demo's own among them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One language; `water` and `gas` are (name, definition, variant) of what the site has besides electricity."""

    code: str
    water: tuple[str, str, str]
    gas: tuple[str, str, str]
    dashboard: str
    automation: str
    shed: str
    blueprint: str


ENGLISH: Final = Language(
    code="en",
    water=("Water", "water", "import"),
    gas=("Natural gas", "gas", "import"),
    dashboard="Factory",
    automation="Keep the peak down",
    shed="Load is shed",
    blueprint="shed_load.yaml",
)
TURKISH: Final = Language(
    code="tr",
    water=("Su", "water", "import"),
    gas=("Doğal gaz", "gas", "import"),
    dashboard="Fabrika",
    automation="Puantı düşük tut",
    shed="Yük atıldı",
    blueprint="shed_load_tr.yaml",
)
LANGUAGES: Final = {language.code: language for language in (ENGLISH, TURKISH)}
