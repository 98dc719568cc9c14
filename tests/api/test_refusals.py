"""What counts as a refusal of the connection id (A4) and of credentials, in the platform's words and pages."""

import pytest

from custom_components.reengen.api import ReengenHttpError, ReengenRefusedError
from custom_components.reengen.api.refusals import looks_like_login, refuses_credentials, refuses_session
from custom_components.reengen.api.transport import HttpResponse


def response_of(status: int, body: str = "", *, location: str = "") -> HttpResponse:
    return HttpResponse(status=status, content_type="", location=location, retry_after=None, body=body.encode())


@pytest.mark.parametrize(
    "message",
    [
        "Session expired, please authenticate again",
        "Your session has expired.",
        "SESSION HAS TIMED OUT",
        "Session not found",
        "session does not exist",
        "Invalid session",
        "No active session",
        "SessionExpiredException: 17",
        "Invalid connection id",
        "Unknown connectionId",
        "connection_id is not valid",
        "The connection id has expired",
        "Connection has expired",
        "Invalid or expired token",
        "Authentication required",
        "AuthenticationException: not authenticated",
        "You are not logged in",
        "You must log in first",
        "Please login again",
        "Login required",
        "Unauthorized",
        "Oturum süresi doldu",
        "Oturumunuzun süresi dolmuştur",
        "OTURUM SÜRESİ DOLDU",
        "Oturumunuz sona erdi",
        "Geçersiz oturum",
        "Oturum bulunamadı",
        "Lütfen oturum açın",
        "Oturum zaman aşımına uğradı",
        "Bağlantı kimliği geçersiz",
        "Geçersiz bağlantı kimliği",
        "BAĞLANTI KİMLİĞİ BULUNAMADI",
        "Bağlantınızın süresi doldu",
        "Baglanti kimligi gecersiz",
        "Giriş yapmanız gerekiyor",
    ],
)
def test_words_about_the_session(message: str) -> None:
    assert refuses_session(ReengenRefusedError("", server_message=message), response_of(200))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "SocketTimeoutException: connect timed out",
        "SocketTimeoutException: Read timed out",
        "java.net.ConnectException: Connection refused",
        "Connection timed out",
        "Connection reset by peer",
        "connection closed",
        "You are not allowed to execute commands",
        "User 'guest' has no permission to do this",
        "Not authorized to see point xFabrikaTrafo6",
        "Unauthorized access to point 12768",
        "Unknown point 'xFabrikaTrafo6'",
        "Invalid definition",
        "The offer has expired",
        "Too many requests, please try again later",
        "Unknown method 'Login'",
        "Header XLang names tenant 'abc', which is not the tenant of this connection",
        "TLS session invalid",
        "Modbus session timed out",
        "Gateway: invalid session",
        "Bağlantı zaman aşımına uğradı",
        "Bağlantı kurulamadı",
        "Bu işlem için yetkiniz yok",
        "Nokta bulunamadı",
    ],
)
def test_words_about_something_else(message: str) -> None:
    assert not refuses_session(ReengenRefusedError("", server_message=message), response_of(200))


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        pytest.param(response_of(302, location="/login"), True, id="redirect to a login"),
        pytest.param(response_of(302, location="https://x/oauth/Sign-In?next=/"), True, id="redirect to a sign-in"),
        pytest.param(response_of(301, location="https://api.reengen.com/api/do"), False, id="redirect elsewhere"),
        pytest.param(response_of(302, location="/author/blogins/"), False, id="redirect to other words"),
        pytest.param(response_of(200, "<html><title>Login</title>"), True, id="login page"),
        pytest.param(response_of(200, '\n<HTML><form><INPUT TYPE="password">'), True, id="form with a password"),
        pytest.param(response_of(200, "<html><title>Giriş</title>"), True, id="Turkish login page"),
        pytest.param(response_of(403, "Session expired"), True, id="403 with words"),
        pytest.param(response_of(403, '{"error": "session_id: invalid session"}'), True, id="403 with other JSON"),
        pytest.param(response_of(403, "<html><title>Forbidden</title>"), False, id="403 without words"),
        pytest.param(response_of(200, "<html><title>Maintenance</title>Session expired"), False, id="maintenance"),
        pytest.param(response_of(503, "<html><title>Login</title>"), False, id="failing server"),
        pytest.param(response_of(200, ""), False, id="nothing"),
    ],
)
def test_pages_that_ask_for_a_login(response: HttpResponse, *, expected: bool) -> None:
    assert looks_like_login(ReengenHttpError("", status=response.status), response) is expected


@pytest.mark.parametrize(
    ("words", "is_refusal"),
    [
        ("The password is not correct", True),
        ("InvalidCredentialsException: 17", True),
        ("Invalid credentials", True),
        ("Kullanıcı adı veya şifre hatalı", True),
        ("The account is locked after too many failed attempts", True),
        ("Hesabınız kilitlendi", True),
        ("NullPointerException", False),
        ("Internal server error while the password was checked", False),
        ("The database is locked", False),
        ("", False),
    ],
)
def test_a_failing_server_refuses_credentials_in_words_about_them_alone(words: str, is_refusal: bool) -> None:
    refused = ReengenRefusedError(words, method="Authenticate", server_message=words)
    refused.__cause__ = ReengenHttpError("", status=500)
    assert refuses_credentials(refused, response_of(500)) is is_refusal


def test_401_is_a_refusal_in_any_words() -> None:
    assert refuses_session(ReengenHttpError("", status=401), response_of(401, "<html>no</html>"))
    assert refuses_credentials(ReengenHttpError("", status=401), response_of(401, "<html>no</html>"))
