"""What the tests of actions share: a client that does not wait long."""

from typing import Any

import pytest

from custom_components.reengen.api import ReengenClient, RetryPolicy


@pytest.fixture
def impatient_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after a third of a second, and after the second attempt: some faults never answer."""
    policy = RetryPolicy(request_seconds=0.3, total_seconds=5.0, attempts=2, first_delay=0.01)

    def impatient(*args: Any, **kwargs: Any) -> ReengenClient:
        return ReengenClient(*args, **{**kwargs, "retry": policy})

    monkeypatch.setattr("custom_components.reengen.account.ReengenClient", impatient)
