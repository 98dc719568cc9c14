"""What can go wrong in the demo, said to the person who started it."""


class DemoError(Exception):
    """The demo cannot go on; the text says why and where to look."""


class LostAnswerError(DemoError):
    """A connection ended before the answer came."""
