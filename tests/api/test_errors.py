"""The tree of errors: what each class is, and what it holds."""

import pytest

from custom_components.reengen import api
from custom_components.reengen.api.errors import (
    ReengenConnectionError,
    ReengenError,
    ReengenHttpError,
    ReengenRefusedError,
    ReengenRequestError,
    ReengenResponseError,
    ReengenTimeoutError,
)

ALL_ERRORS = [value for value in vars(api).values() if isinstance(value, type) and issubclass(value, Exception)]


@pytest.mark.parametrize("error_class", ALL_ERRORS, ids=lambda each: each.__name__)
def test_every_public_error_is_in_the_tree(error_class: type[Exception]) -> None:
    assert issubclass(error_class, ReengenError)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ReengenRequestError("text"), ValueError),
        (ReengenResponseError("text"), ValueError),
        (ReengenConnectionError("text", sent=True), ConnectionError),
        (ReengenTimeoutError("text", sent=True), TimeoutError),
    ],
    ids=lambda each: type(each).__name__,
)
def test_errors_are_also_the_builtin_that_they_mean(error: ReengenError, builtin: type[Exception]) -> None:
    assert isinstance(error, builtin)
    assert str(error) == "text"
    assert error.method is None


def test_facts_are_attributes() -> None:
    assert ReengenConnectionError("t", method="GetData", sent=False).sent is False
    assert ReengenResponseError("t", where="data.0[3]").where == "data.0[3]"
    assert ReengenRefusedError("t", server_message="no").server_message == "no"
    error = ReengenHttpError("t", method="GetData", status=503, retry_after=7.0)
    assert (error.method, error.status, error.retry_after) == ("GetData", 503, 7.0)
