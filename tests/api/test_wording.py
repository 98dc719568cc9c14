"""Which refusals have the same wording, and what is remembered of them."""

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.api.standing import Standing
from custom_components.reengen.api.wording import Wording, wording_of

HOUR, DAY = 3600.0, 86_400.0
W, X = Wording(200, "w"), Wording(200, "x")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Id 8f3a-11 died at 2026-07-15T14:20:00+03:00", "Id * died at *"),
        ("Point 'Depo' is not yours", "Point * is not yours"),
        ("„Depo“ ist nicht Ihrer", "* ist nicht Ihrer"),
        ("No right to xyzDepo", "No right to *"),
        ("No right to xyzDepo, xyzOfis and **", "No right to * and *"),
        ("ExecuteCommand: kimin adına?", "*: kimin adına?"),
        ("<html><title>Kim?</title>\n<p class='a'>Sen</p></html>", "Kim? Sen"),
        ("user's id isn't known", "user's id isn't known"),
        ("", ""),
    ],
)
def test_what_changes_is_no_part_of_a_wording(said: str, words: str) -> None:
    query = {"$": "ExecuteCommand", "properties": {"point": ["xyzDepo", "xyzOfis"], "n": 1, "short": "is"}}
    assert wording_of(440, said, query) == Wording(440, words)


@given(st.text(), st.text(min_size=3))
def test_words_of_a_wording_give_it_again(said: str, value: str) -> None:
    words = wording_of(200, said, {"point": value}).words
    assert len(words) <= 120
    assert wording_of(200, words, {}).words == words


def test_one_login_for_a_wording_until_it_helped() -> None:
    memory = Standing()
    assert memory.may_log_in("GetData", W, 0.0)
    memory.logs_in(W, 0.0)
    assert not memory.may_log_in("ListDataEx", W, HOUR - 1)
    assert memory.may_log_in("ListDataEx", X, 0.0)
    assert memory.may_log_in("GetData", W, HOUR)
    memory.helped(W)
    assert memory.may_log_in("GetData", W, 1.0)


def test_four_logins_an_hour() -> None:
    memory = Standing()
    for number in range(4):
        assert memory.may_log_in("GetData", Wording(number, ""), 60.0 * number)
        memory.logs_in(Wording(number, ""), 60.0 * number)
    assert not memory.may_log_in("GetData", X, HOUR - 1)
    assert memory.may_log_in("GetData", X, HOUR)


def test_no_matter_for_a_day_and_for_the_method() -> None:
    memory = Standing()
    memory.certain = W
    memory.is_no_matter("GetData", W, 0.0)
    assert not memory.is_certain("GetData", W, DAY - 1)
    assert not memory.may_log_in("GetData", W, DAY - 1)
    assert memory.is_certain("GetData", W, DAY)
    assert memory.is_certain("GetCost", W, 0.0)
    assert not memory.is_certain("GetCost", X, 0.0)
    assert not memory.is_certain("GetCost", None, 0.0)
