"""How the platform refuses connection ids and credentials, and what a failed write may have done."""

from http import HTTPStatus
import re
from typing import Final
import unicodedata

from .errors import (
    ReengenConnectionError,
    ReengenError,
    ReengenOutcomeUnknownError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenRequestError,
    ReengenResponseError,
    ReengenSessionError,
)
from .retry import http_failure
from .transport import AUTHENTICATE, HttpResponse

# What the platform says of a dead connection id is not documented, so whole phrases are looked for, in English and
# Turkish, as `_plain` writes them. A network fault ("connect timed out", in either language) and a
# missing permission ("not allowed", "yetkiniz yok") must not match: they would come back after a login.
_SESSION_REFUSED: Final = re.compile(
    r"""
      \b(session|login|authentication|token)\ (id\ )?((has|is|was|been|not|already)\ )*
        (expired|invalid|unknown|found|valid|required|timed\ out|timeout|ended|closed|terminated|failed|does\ not\ exist)\b
    | \bconnection[\ _]id\b.{0,30}\b(expired|invalid|unknown|missing|required|not\ (found|valid|recogni[sz]ed))\b
    | \b(expired|invalid|unknown|missing|no)\ ((or|and)\ (expired|invalid|unknown)\ )?((active|valid)\ )?
        (session|connection[\ _]id|login|authentication|token)\b
    | \bconnection\ ((has|is)\ )?(expired|not\ valid)\b
    | \b(not|no\ longer)\ (logged\ in|authenticated)\b
    | \bunauthenticated\b
    | \b(must|please|have\ to|need\ to)\ (log\ ?in|sign\ in|authenticate|re-?authenticate)\b
    | ^unauthori[sz]ed\.?$
    | \boturum(unuz)?(un)?\ (suresi|gecersiz|gecerli\ degil|bulunamadi|sona|zaman|ac|kapa|dol)
    | \b(gecersiz|bilinmeyen|suresi\ dolmus)\ (oturum|baglanti)\b
    | \bbaglanti\ (kimligi\ )?(gecersiz|gecerli\ degil)
    | \bbaglanti\ kimligi(nin)?\ (bulunamadi|suresi)
    | \bbaglanti(nizin)?\ suresi\ (dol|bit)
    | \b(giris\ yap|kimlik\ dogrulama)
    """,
    re.VERBOSE,
)
# These words show that a refusal is about a device or a service behind the platform, not about the session.
_SOMETHING_ELSE: Final = re.compile(
    r"\b(gateway|device|modbus|mqtt|snmp|opc|ssh|ftp|tls|ssl|socket|database|cassandra)\b"
)

# A refusal of Authenticate in these words is about the server, not about the credentials,
_SERVER_TROUBLE: Final = re.compile(
    r"""
      \btimed\ out\b | \btimeout\b | too\ many\ requests | rate\ limit | \bunavailable\b | \bmaintenance\b
    | \binternal\ (server\ )?error\b | \bserver\ error\b | \bdatabase\b
    | \bzaman\ asimi | \bcok\ fazla\ istek | \bbakim\b | \bsunucu\ hatasi\b | \bveritabani
    """,
    re.VERBOSE,
)
# unless these words stand beside them: a locked account stays locked the longer, the more often a login is tried.
_LOCKED: Final = re.compile(r"\b(locked|blocked|suspended|disabled|attempts)\b|\b(kilitl|engellen|askiya)")
# With a status of 500 or more, which says that the server failed, these words alone say that the credentials did.
_OF_CREDENTIALS: Final = re.compile(
    r"""
      \b(passwords?|credentials?)\b | \baccount\b.{0,30}\b(locked|blocked|suspended|disabled)\b
    | \b(parola|sifre) | \bhesa[bp].{0,30}\b(kilitl|engellen|askiya)
    """,
    re.VERBOSE,
)

# The platform takes no more requests at once, or in some time; words as `_plain` writes them.
_TOO_MANY: Final = re.compile(
    r"""
      \btoo\ many\ ((concurrent|simultaneous|parallel|open|active)\ )?(requests|calls|queries|connections)\b
    | \b(concurrent|simultaneous|parallel)\ (requests?|calls?|quer(y|ies)|connections?)\b
    | \brate\ limit
    | \bcok\ (fazla|sayida)\ (eszamanli\ |es\ zamanli\ )?(istek|sorgu|baglanti)
    | \bes\ ?zamanli\ (istek|sorgu|baglanti)
    """,
    re.VERBOSE,
)

# Words where a peer may have taken the request and did not answer in time. Java's "connect timed out" says that the peer
# took none.
_NEVER_CONNECTED: Final = re.compile(r"\b(socket timeout exception:? )?connect timed out\b")
_MAY_HAVE_HAPPENED: Final = re.compile(
    r"""
      \btimed\ out\b | \btime-?\ ?out\b | \bdeadline\ exceeded\b | \btoo\ long\b
    | \b(did|does)\ not\ (answer|respond|reply)\b | \bno\ (answer|response|reply)\b | \bin\ time\b
    | \bzaman\ ?asimi | \bsuresi(nde)?\ (as|yanit|cevap) | \b(yanit|cevap)\ (ver(m|il)e|al(in)?a?ma|gelm|yok)
    | zeituberschreitung | \bzeitlimit\b | \b(keine|ohne)\ (antwort|ruckmeldung)\b | \bantwortet\ nicht\b
    """,
    re.VERBOSE,
)

# A refusal is a sentence or a page.
_LARGEST_REFUSAL: Final = 16 * 1024
_LIKE_DATA: Final = re.compile(r"^\s*\[|\"properties\"")
_OF_THE_REQUEST: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
_OF_ANYTHING: Final = (HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR)

_LOGIN_PAGE: Final = re.compile(r"""type\s*=\s*["']?password|<title>[^<]*\b(log ?in|sign ?in|oturum|giris)\b""")
_LOGIN_ADDRESS: Final = re.compile(r"\b(log-?in|sign-?in|logon|auth|sso|oturum|giris)\b")


class SessionRefusedError(ReengenRefusedError):
    """The platform refused a connection id.

    `certain` tells that the platform itself says so, and has therefore done nothing of what was asked; a page of a
    gateway proves neither. The error never leaves the session: where no new login helps, callers get another one.
    """

    certain = True


def refuses_credentials(error: ReengenError, response: HttpResponse) -> bool:
    """Tell whether a failed Authenticate is about tenant, user and password."""
    if response.status == HTTPStatus.UNAUTHORIZED:
        return True
    if not isinstance(error, ReengenRefusedError):
        return False
    words = _plain(error.server_message)
    is_trouble = bool(_SERVER_TROUBLE.search(words))
    if http_failure(error) is not None:
        return not is_trouble and bool(_OF_CREDENTIALS.search(words))
    return not is_trouble or bool(_LOCKED.search(words))


def refuses_session(error: ReengenError, response: HttpResponse) -> bool:
    """Tell whether the platform itself says that it does not know the connection id."""
    if response.status == HTTPStatus.UNAUTHORIZED:
        return True
    message = _plain(error.server_message)
    return bool(_SESSION_REFUSED.search(message)) and not _SOMETHING_ELSE.search(message)


def may_be_of_session(error: ReengenError, response: HttpResponse) -> bool:
    """Tell whether what was refused, in whatever words, may have been so for its connection id.

    That is a response of the platform that is no success, with status 200, 4xx or 500, and no large one. Not what names
    another reason: too many requests (429, or words), too large (413), too slow (408), a gateway (502, 503, 504), and
    words about a device or a service behind the platform.
    """
    is_other = isinstance(error, ReengenRateLimitError) or _SOMETHING_ELSE.search(_plain(error.server_message))
    is_data = isinstance(error, ReengenResponseError) and bool(_LIKE_DATA.search(response.text))
    if is_other or is_data or len(response.body) > _LARGEST_REFUSAL:
        return False
    is_client_error = HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return (is_client_error and response.status not in _OF_THE_REQUEST) or response.status in _OF_ANYTHING


def says_not_done(error: ReengenError) -> bool:
    """Tell whether the platform itself says that it has not done what was asked."""
    is_refusal = isinstance(error, ReengenRefusedError) and http_failure(error) is None
    return is_refusal and not _MAY_HAVE_HAPPENED.search(_NEVER_CONNECTED.sub("", _plain(error.server_message)))


def says_too_many(error: ReengenError) -> bool:
    """Tell whether the platform refuses a request in words about how many there are."""
    return isinstance(error, ReengenRefusedError) and bool(_TOO_MANY.search(_plain(error.server_message)))


def too_many(error: ReengenError) -> bool:
    """Tell whether a request may have failed because others were under way: HTTP 429 and 503, or the same in words."""
    failure = http_failure(error)
    return failure is not None and (
        isinstance(failure, ReengenRateLimitError) or failure.status == HTTPStatus.SERVICE_UNAVAILABLE
    )


def looks_like_login(error: ReengenError, response: HttpResponse) -> bool:
    """Tell whether a page or a redirect in the place of a response asks for a login."""
    if isinstance(error, ReengenRefusedError) or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        return bool(_LOGIN_ADDRESS.search(response.location.casefold()))
    text = _plain(response.text)
    tells_why = response.status == HTTPStatus.FORBIDDEN and bool(_SESSION_REFUSED.search(text))
    return tells_why or (text.startswith("<") and bool(_LOGIN_PAGE.search(text)))


def _plain(text: str) -> str:
    """Return the text in lower case without accents, with single blanks, and "connectionId" as two words."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    letters = (letter for letter in unicodedata.normalize("NFKD", words) if not unicodedata.combining(letter))
    return " ".join("".join(letters).casefold().replace("\N{LATIN SMALL LETTER DOTLESS I}", "i").split())


def write_failure(error: ReengenError, method: str) -> ReengenError:
    """Return the error that tells the truth about a write: it did not happen, or nobody knows."""
    if isinstance(error, ReengenConnectionError):
        if error.method == AUTHENTICATE and error.sent:
            # Only the login may have reached the platform: the write had to wait for it.
            return type(error)(str(error), method=method, sent=False)
        is_certain = not error.sent
    elif isinstance(error, SessionRefusedError):
        is_certain = False
    elif isinstance(error, ReengenRefusedError):
        is_certain = says_not_done(error)
    else:
        is_certain = isinstance(error, (ReengenRequestError, ReengenRateLimitError, ReengenSessionError))
    if is_certain or error.method == AUTHENTICATE:
        return error
    unknown = ReengenOutcomeUnknownError(
        f"{method} was sent, and it is not known whether it took effect: {error}", method=method
    )
    unknown.__cause__ = error
    return unknown
