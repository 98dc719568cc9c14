"""What a response of some status and body means (A3), and how much of it is shown."""

import pytest

from custom_components.reengen.api.errors import (
    ReengenError,
    ReengenHttpError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenResponseError,
)
from custom_components.reengen.api.redaction import Redactor
from custom_components.reengen.api.retry import http_failure
from custom_components.reengen.api.transport import HttpResponse, open_envelope

from .conftest import CONNECTION_ID, PASSWORD

REFUSED = '{"succeeded": false, "message": "No such point"}'
PAGE = "<html><body>Down for maintenance</body></html>"


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (200, REFUSED, ReengenRefusedError),
        (400, REFUSED, ReengenRefusedError),
        (403, REFUSED, ReengenRefusedError),
        (500, REFUSED, ReengenRefusedError),
        (429, REFUSED, ReengenRateLimitError),
        (429, PAGE, ReengenRateLimitError),
        (200, PAGE, ReengenResponseError),
        (200, "", ReengenResponseError),
        (204, "", ReengenResponseError),
        (200, "[]", ReengenResponseError),
        (200, '{"succeeded": "true"}', ReengenResponseError),
        (200, '{"properties": {}}', ReengenResponseError),
        (302, "", ReengenHttpError),
        (304, "", ReengenHttpError),
        (400, PAGE, ReengenHttpError),
        (404, '{"error": "not found"}', ReengenHttpError),
        (413, PAGE, ReengenHttpError),
        (500, PAGE, ReengenHttpError),
        (502, "", ReengenHttpError),
        (500, '{"succeeded": true}', ReengenHttpError),
        (301, REFUSED, ReengenHttpError),
    ],
)
def test_status_and_body_decide_the_error(status: int, body: str, error_class: type[ReengenError]) -> None:
    response = HttpResponse(status=status, content_type="text/x", location="", retry_after=4.0, body=body.encode())
    with pytest.raises(ReengenError) as caught:
        open_envelope(response, "GetData", Redactor(PASSWORD))
    error = caught.value
    assert type(error) is error_class
    assert error.method == "GetData"
    failure = http_failure(error)
    assert failure is None or (failure.status, failure.retry_after) == (status, 4.0)
    assert (failure is not None) == (issubclass(error_class, ReengenHttpError) or status == 500)


def test_page_in_the_place_of_a_response_is_shown_in_short() -> None:
    page = f"<html>\r\n  <b>Güncelleme</b>\n {PASSWORD} {CONNECTION_ID} {'x' * 500}</html>"
    response = HttpResponse(
        status=200, content_type="text/html; charset=x", location="", retry_after=None, body=page.encode()
    )
    redact = Redactor(PASSWORD)
    redact.add(CONNECTION_ID)
    with pytest.raises(ReengenResponseError) as caught:
        open_envelope(response, "GetData", redact)
    text = str(caught.value)
    assert "HTTP 200" in text
    assert "text/html; charset=x" in text
    assert "<html> <b>Güncelleme</b> ** ** xxx" in text
    assert len(text) < 500
    assert "\n" not in text


@pytest.mark.parametrize(
    "body",
    [f'{{"properties": {{"connectionId": "{CONNECTION_ID}"', f'{{"connectionID":["{CONNECTION_ID}"]}}'],
    ids=["cut short", "wrong shape"],
)
def test_connection_id_that_is_not_known_yet_is_not_shown(body: str) -> None:
    response = HttpResponse(status=200, content_type="", location="", retry_after=None, body=body.encode())
    with pytest.raises(ReengenResponseError) as caught:
        open_envelope(response, "Authenticate", Redactor(PASSWORD))
    assert CONNECTION_ID[:6] not in str(caught.value)
    assert CONNECTION_ID not in repr(response)
