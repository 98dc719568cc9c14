"""One thing has one Turkish word, that of a Turkish energy manager, in every text that a user reads."""

import re
from typing import Final

import pytest

from .paths import INTEGRATION, ROOT

TEXTS: Final = [
    INTEGRATION / "translations" / "tr.json",
    ROOT / "README.tr.md",
    *sorted((ROOT / "blueprints").rglob("*_tr.yaml")),
]
# What is not said, and what is said in its place.
NOT_SAID: Final = {
    "kiracı": "kurum (tenant)",
    "toplulaştır": "hesapla",
    "faz başına": "faz bazında",
    "çekilen": "çekiş",
    "veri tip": "tip",
    "endüktif kalan": "endüktif sınıra kalan",
    "kapasitif kalan": "kapasitif sınıra kalan",
    "reaktif maliyet": "reaktif enerji maliyeti",
    "dâhil": "dahil",
}


@pytest.mark.parametrize("word", NOT_SAID)
def test_each_thing_has_one_word(word: str) -> None:
    said = {path.name: re.findall(rf".*{word}.*", path.read_text(), re.IGNORECASE) for path in TEXTS}
    assert {name: lines for name, lines in said.items() if lines} == {}, NOT_SAID[word]
