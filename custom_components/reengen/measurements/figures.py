"""Figures in sentences."""

from typing import Final

# Of the languages that the integration's texts are in.
_WITH_DECIMAL_COMMA: Final = frozenset({"tr"})


def written(figure: str, language: str) -> str:
    """Return a figure that Python has written, such as "22.97", as the language of the sentence around it writes it."""
    return figure.replace(".", ",") if language in _WITH_DECIMAL_COMMA else figure
