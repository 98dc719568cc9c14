"""What the documents name exists."""

from pathlib import Path
import re

import pytest

from .paths import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_and_commands_exist(document: Path) -> None:
    named = re.findall(
        r"`((?:script|docs|tests|simulator|custom_components|benchmarks)/[\w./-]*\w)", document.read_text()
    )
    for path in named:
        assert (ROOT / path).exists(), path
