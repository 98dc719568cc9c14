"""README.tr.md says in Turkish what README.md says: the same sections, code, names and links, and the texts of tr.json."""

import re
from typing import Final

import pytest

from .pages import menu_entries, rows, section
from .paths import INTEGRATION, ROOT, read_json

ENGLISH: Final = (ROOT / "README.md").read_text()
TURKISH: Final = (ROOT / "README.tr.md").read_text()
TEXTS: Final = read_json(INTEGRATION / "translations" / "tr.json")

# Each leads to the other, and a heading has another anchor in each language.
OF_ONE_LANGUAGE: Final = {
    "README.md",
    "README.tr.md",
    "#a-platform-of-your-own",
    "#kendi-platformunuz",
    "#installation",
    "#kurulum",
    "#see-it-run-without-an-account",
    "#sorun-giderme",
    "#troubleshooting",
    "#hesap-olmadan-çalışırken-görmek",
}


def sections(text: str) -> list[str]:
    """Return what stands below each heading of a text, first what stands above the first one."""
    return re.split(r"^#+ .+$", text, flags=re.MULTILINE)


def links(text: str) -> list[str]:
    """Return where the links of a text lead, sorted, as another language may have them in another order."""
    found = set(re.findall(r"\]\(([^)]+)\)", text)) - OF_ONE_LANGUAGE
    # There is a blueprint of each language.
    return sorted(link.replace("_tr.yaml", ".yaml") for link in found)


PAIRS: Final = list(zip(sections(ENGLISH), sections(TURKISH), strict=False))
every_section = pytest.mark.parametrize(("english", "turkish"), PAIRS, ids=range(len(PAIRS)))


def test_each_leads_to_the_other() -> None:
    assert "(README.tr.md)" in ENGLISH
    assert "(README.md)" in TURKISH


def test_the_headings_are_the_same_in_number_and_level() -> None:
    assert re.findall(r"^(#+) ", TURKISH, re.MULTILINE) == re.findall(r"^(#+) ", ENGLISH, re.MULTILINE)


@every_section
def test_code_names_and_links_are_the_same(english: str, turkish: str) -> None:
    blocks = re.compile(r"```.*?```", re.DOTALL)
    assert blocks.findall(turkish) == blocks.findall(english)
    names = re.compile(r"`([^`\n]+)`")
    assert set(names.findall(blocks.sub("", turkish))) == set(names.findall(blocks.sub("", english)))
    assert links(turkish) == links(english)


@every_section
def test_paragraphs_and_tables_are_as_long(english: str, turkish: str) -> None:
    assert [len(row) for row in rows(turkish)] == [len(row) for row in rows(english)]
    assert len(re.split(r"\n\n+", turkish.strip())) == len(re.split(r"\n\n+", english.strip()))


def test_the_menu_of_the_options() -> None:
    told = {name for row in rows(section(TURKISH, "## Yapılandırma")) for name in re.findall(r"^\*(.+)\*$", row[0])}
    assert told == menu_entries(TEXTS)


def test_names_of_entities_are_those_that_are_shown() -> None:
    shown = {text.get("name") for entities in TEXTS["entity"].values() for text in entities.values()}
    named = re.findall(r"\*([^*\n]+)\*", section(TURKISH, "### Varlıklar"))
    assert len(named) > 3
    assert set(named) <= shown


def test_issues_are_named_by_their_titles() -> None:
    assert {row[0] for row in rows(section(TURKISH, "### Onarımlar"))} == {
        issue["title"] for issue in TEXTS["issues"].values()
    }


def test_the_texts_of_errors_are_quoted() -> None:
    """All but the one that comes from the client and is English."""
    told = [
        text for row in rows(section(TURKISH, "## Sorun giderme"))[:6] for text in re.findall(r"^\*(.+)\*$", row[0])
    ]
    assert len(told) == 6
    texts = [text["message"] for text in TEXTS["exceptions"].values()] + list(TEXTS["config"]["error"].values())
    assert [quoted for quoted in told if not any(quoted in text for text in texts)] == [told[3]]
