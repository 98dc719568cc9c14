"""What can go wrong in the demo, said to the person who started it."""


class DemoError(Exception):
    """The demo cannot go on; the text says why and where to look."""


class LostAnswerError(DemoError):
    """A connection ended before the answer came."""


def demand(condition: object, text: str) -> None:
    """Fail the check unless the condition holds.

    Raises:
        DemoError: it does not

    """
    if not condition:
        raise DemoError(f"check failed: {text}")
