"""Names as people read them and databases take them."""

import unicodedata


def readable(text: str) -> str:
    """Return a name without control characters, each of which becomes a space, and without spaces around it.

    Nobody can read one, and PostgreSQL refuses every row with a NUL.
    """
    return "".join(" " if unicodedata.category(each) == "Cc" else each for each in text).strip()
