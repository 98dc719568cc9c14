"""What the tests of actions share: a client that does not wait long."""

from functools import partial

import pytest

from custom_components.reengen.api import ReengenClient, RetryPolicy


@pytest.fixture
def impatient_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after a third of a second, and after the second attempt: some faults never answer."""
    policy = RetryPolicy(request_seconds=0.3, total_seconds=5.0, attempts=2, first_delay=0.01)
    monkeypatch.setattr("custom_components.reengen.ReengenClient", partial(ReengenClient, retry=policy))
