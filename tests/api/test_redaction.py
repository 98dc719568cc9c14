"""Secrets in texts: none is left, however it is written, and nothing else is touched."""

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.reengen.api.redaction import Redactor

SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="*…", exclude_categories=["Cc", "Cs"]),
    min_size=6,
    max_size=30,
)


@given(secret=SECRETS, before=st.text(max_size=20), after=st.text(max_size=20), cut=st.integers(6, 30))
def test_no_secret_and_no_long_beginning_of_one_is_left(secret: str, before: str, after: str, cut: int) -> None:
    redact = Redactor("another password")
    redact.add(secret)
    assert secret not in redact(before + secret + after)
    assert secret not in redact(f"{before}{secret}{secret}{after}")
    piece = secret[:cut]
    assert not redact(before + piece).endswith(piece)
    assert f"{piece}…" not in redact(f"{before}{piece}…{after}")


@pytest.mark.parametrize(
    "written",
    ['p"ä<&w0rd', 'p\\"\\u00e4<&w0rd', 'p\\"ä<&w0rd', "p&quot;ä&lt;&amp;w0rd", "p%22%C3%A4%3C%26w0rd"],
    ids=["as it is", "json ascii", "json", "html", "url"],
)
def test_secret_is_hidden_however_it_is_written(written: str) -> None:
    assert Redactor('p"ä<&w0rd')(f"a {written} b") == "a ** b"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_text_without_secrets_stays(text: str) -> None:
    assert Redactor("\ue000 a password of private letters")(text) == text
