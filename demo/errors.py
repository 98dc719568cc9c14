"""What can go wrong in the demo, said to the person who started it."""


class DemoError(Exception):
    """The demo cannot go on; the text says why and where to look."""


class LostResponseError(DemoError):
    """A connection ended before the response came."""
