"""Sections and tables of the documents."""

import re
from typing import Any, Final

from .paths import ROOT

DOCS: Final = ROOT / "docs"


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next of its level or of a higher one."""
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, heading
    level = len(heading.partition(" ")[0])
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the rows of the tables of a text, without headings."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    below_heads = {number for number, line in enumerate(lines) if set(line) <= set("|-")}
    found = [line for number, line in enumerate(lines) if not {number, number + 1} & below_heads]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found]


def menu_entries(texts: dict[str, Any]) -> set[str]:
    """Return the entries of the options' menu that open a form, those of its menus behind their names."""
    steps = texts["options"]["step"]
    found: set[str] = set()
    for entry, name in steps["init"]["menu_options"].items():
        behind = steps[entry].get("menu_options") if entry.endswith("_menu") else None
        found |= {name} if behind is None else {f"{name} > {each}" for each in behind.values()}
    return found
