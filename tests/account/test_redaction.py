"""What leaves Home Assistant names neither tenant nor user, and is no less readable for it."""

import html
import json
from typing import Any, Final
from urllib.parse import quote

from homeassistant.components.diagnostics import REDACTED
from homeassistant.util import slugify
from hypothesis import assume, example, given, settings, strategies as st
import pytest

from custom_components.reengen.account.redaction import AccountRedactor
from tests.profiles import examples

# Names that no word of the file below has anything in common with.
TENANT: Final = "Qwzx Qwzxq"
USER: Final = "Vbnmk Vbnmk"
TENANTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(str.strip)


def file_of(tenant: str, user: str) -> dict[str, Any]:
    """Return a file as the diagnostics are, with the names in every place and every form that they come in."""
    slug = slugify(tenant)
    return {
        "entry": {
            "data": {"url": f"https://{quote(tenant, safe='')}.example/api/do/", "ca_file": f"/certs/{tenant}.pem"}
        },
        "requests": {
            "requests": {"Authenticate": 1, "GetData": 2},
            "last_error": f"The platform refused user {user!r} of tenant {tenant!r}: no such user {user.upper()}.",
        },
        "coordinators": {"points": {"update_interval": "1:00:00", "last_exception": html.escape(f"<b>{tenant}</b>")}},
        "oddities": [
            {"where": "data.0[17][2]", "example": json.dumps({"tenant": tenant, "user": user}), "point_code": "xTrafo6"}
        ],
        "history": {
            "newest_hours": {f"reengen:{slug}_12768_active_energy_import": "2026-07-15T10:00:00+00:00"},
            "kept_elsewhere": {f"reengen:{slug}_12768_active_energy_cost_try": "01KXJR2JR0NBZNT1D68MX1N4M0"},
            "stubborn": [{"statistic_id": f"reengen:{slug}_1_voltage_phase", "start": "2026-07-15T10:00:00+00:00"}],
        },
        "unlisted_commands": {"xTrafo6": f"Unknown tenant {tenant.lower()} ({user.casefold()})"},
        "options": {"measurements": ["active_energy_import"], "time_zone": "Europe/Istanbul", "currency": "TRY"},
    }


def redacted(tenant: str, user: str) -> dict[str, Any]:
    """Return the file as it leaves."""
    found: dict[str, Any] = AccountRedactor(tenant, user, kept=("Europe/Istanbul", "TRY")).json(file_of(tenant, user))
    return found


def forms(name: str) -> set[str]:
    """Return how a name may be found in a file, in lower case."""
    return {
        each.casefold() for each in (name, slugify(name), quote(name, safe=""), repr(name)[1:-1], html.escape(name))
    }


def shape(found: Any) -> Any:
    """Return the keys of the file alone; of the ids of statistics what all begin with."""
    if isinstance(found, dict):
        return [(key.partition(":")[0], shape(value)) for key, value in found.items()]
    return [shape(each) for each in found] if isinstance(found, list) else type(found)


USUAL: Final = redacted(TENANT, USER)


def test_the_usual_file() -> None:
    assert USUAL["history"]["newest_hours"].keys() == {f"reengen:{REDACTED}_12768_active_energy_import"}
    assert USUAL["requests"]["last_error"] == (
        f"The platform refused user '{REDACTED}' of tenant '{REDACTED}': no such user {REDACTED}."
    )
    assert USUAL["options"] == file_of(TENANT, USER)["options"]


@settings(max_examples=examples(60, 5000))
@given(TENANTS, st.text(min_size=1).filter(str.strip))
@example(tenant="0", user="ACTIVE:ENERGY:COST")
def test_the_file_of_an_account_is_that_of_any_other(tenant: str, user: str) -> None:
    """So nobody can tell from it whose it is; but for names that are words of every file, which are hidden as words."""
    found = redacted(tenant, user)
    assert shape(found) == shape(USUAL)
    text = json.dumps(USUAL, ensure_ascii=False).casefold()
    assume(not any(form in text for name in (tenant, user) for form in forms(name)))
    # Python quotes a text with an apostrophe by other signs than one without.
    assume("'" not in tenant + user)
    assert found == USUAL


@settings(max_examples=examples(60, 5000))
@given(TENANTS, st.text(min_size=1).filter(str.strip))
def test_no_name_is_found(tenant: str, user: str) -> None:
    text = json.dumps(redacted(tenant, user), ensure_ascii=False).casefold()
    common = json.dumps(USUAL, ensure_ascii=False).casefold()
    for name in (tenant, user):
        assert [form for form in forms(name) if form in text and form not in common] == []
        assert f"'{name.casefold()}'" not in text
        assert f"reengen:{slugify(name)}_12768" not in text


@pytest.mark.parametrize(
    "name", ["a", "e", "12", "in", "TRY", "xTrafo6", "energy", "data", "history", "reengen", "import", "2026"]
)
def test_names_that_are_words_of_the_file_garble_nothing(name: str) -> None:
    found = redacted(name, "somebody-else")
    assert shape(found)[0] == shape(USUAL)[0]
    assert found.keys() == USUAL.keys()
    assert found["history"].keys() == USUAL["history"].keys()
    assert list(found["history"]["newest_hours"].values()) == ["2026-07-15T10:00:00+00:00"]
    (statistic_id,) = found["history"]["newest_hours"]
    assert statistic_id.endswith("_12768_active_energy_import")
    assert f":{slugify(name)}_" not in statistic_id
    assert found["options"]["measurements"] == ["active_energy_import"]
    assert f"tenant '{REDACTED}'" in found["requests"]["last_error"]
    assert "The platform refused user" in found["requests"]["last_error"]


@pytest.mark.parametrize(
    ("tenant", "code", "expected"),
    [
        ("abc", "abcTrafo6", f"{REDACTED}Trafo6"),
        ("abc", "ABC_Trafo6", f"{REDACTED}_Trafo6"),
        ("abc", "siteABC", f"site{REDACTED}"),
        ("abc", "abc6", f"{REDACTED}6"),
        ("ing", "missing readings", "missing readings"),
        ("a", "a meter, a plant", f"{REDACTED} meter, {REDACTED} plant"),
        ("a", "aTrafo", "aTrafo"),
        ("acme", "myacmeplant", f"my{REDACTED}plant"),
        ("İzmir Su", "izmir_su", REDACTED),
        ("İzmir Su", "IZMIR-SU", REDACTED),
        ("ali@acme.example", "ali%40acme.example", REDACTED),
        ("12768", "point 12768 of 127680", f"point {REDACTED} of 127680"),
    ],
)
def test_words_and_parts_of_words(tenant: str, code: str, expected: str) -> None:
    assert AccountRedactor(tenant).text(code) == expected


def test_keys_of_measurements_of_the_users_own() -> None:
    found = {"freshness": {"12768": {"usual_delay_minutes": {"acme_water_import": 25, "active_energy_import": 10}}}}
    assert AccountRedactor("acme").json(found) == {
        "freshness": {"12768": {"usual_delay_minutes": {f"{REDACTED}_water_import": 25, "active_energy_import": 10}}}
    }


def test_what_is_no_text_stays() -> None:
    assert AccountRedactor("xyz").json({"a": [1, 2.5, None, True], "b": ("xyz",)}) == {
        "a": [1, 2.5, None, True],
        "b": [REDACTED],
    }
