"""Figures are written as the language of the sentence around them writes them."""

from hypothesis import given, strategies as st
import pytest

from custom_components.reengen.measurements import written

numbers = st.floats(allow_nan=False, allow_infinity=False).map("{:.3f}".format)


@given(numbers)
def test_turkish_has_a_comma_and_the_same_digits(figure: str) -> None:
    whole, _, decimals = figure.partition(".")
    assert written(figure, "tr") == f"{whole},{decimals}"


@given(numbers)
def test_english_has_a_point(figure: str) -> None:
    assert written(figure, "en") == figure


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_whole_number_is_the_same(language: str) -> None:
    assert written("15", language) == "15"
