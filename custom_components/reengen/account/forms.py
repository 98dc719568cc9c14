"""The forms of the flows: what they ask for, and what a person's answers come to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from custom_components.reengen.api import PointTree, is_header_value
from custom_components.reengen.const import (
    CONF_AREAS,
    CONF_CA_FILE,
    CONF_CERTIFICATE_FINGERPRINT,
    CONF_COSTS,
    CONF_DASHBOARD,
    CONF_ENERGY_DASHBOARD,
    CONF_HISTORY_MONTHS,
    CONF_HISTORY_PAUSED,
    CONF_INCLUDE_DESCENDANTS,
    CONF_KEEP_STATISTICS,
    CONF_MEASUREMENTS,
    CONF_POINTS,
    CONF_ROLLED_UP_POINTS,
    CONF_TENANT,
    DEFAULT_HISTORY_MONTHS,
    DEFAULT_URL,
    SECTION_ADVANCED,
)
from custom_components.reengen.measurements import COSTS, MEASUREMENTS

from .client import normalise_fingerprint, normalise_url
from .flows import FormError
from .selectors import drop_down, number_box, open_list

# Twenty years: longer ago nobody metered quarter hours, and 0 stands for everything.
_MOST_MONTHS: Final = 240

# In place of the points that count on the Energy dashboard: the repair in which that is decided comes again.
_UNDECIDED: Final = "undecided"

_PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password"))
_USERNAME: Final = TextSelector(TextSelectorConfig(autocomplete="username"))
_URL: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
# The fields of a platform of one's own, whose certificate no public authority vouches for.
TRUST_KEYS: Final = (CONF_CA_FILE, CONF_CERTIFICATE_FINGERPRINT)
_TRUST: Final = {vol.Optional(key): TextSelector() for key in TRUST_KEYS}


def account_schema(*, show_advanced: bool) -> vol.Schema:
    """Return the fields of an account; `show_advanced` opens the section with the address and its certificate."""
    return vol.Schema(
        {
            vol.Required(CONF_TENANT): TextSelector(),
            vol.Required(CONF_USERNAME): _USERNAME,
            vol.Required(CONF_PASSWORD): _PASSWORD,
            vol.Required(SECTION_ADVANCED): section(
                vol.Schema({vol.Required(CONF_URL, default=DEFAULT_URL): _URL, **_TRUST}),
                {"collapsed": not show_advanced},
            ),
        }
    )


REAUTH_SCHEMA: Final = vol.Schema({vol.Required(CONF_PASSWORD): _PASSWORD})


def reconfigure_schema(*, show_advanced: bool = False) -> vol.Schema:
    """Return the fields of an account that may change later; `show_advanced` opens the section of the certificate."""
    return vol.Schema(
        {
            vol.Required(CONF_USERNAME): _USERNAME,
            vol.Required(CONF_PASSWORD): _PASSWORD,
            vol.Required(CONF_URL): _URL,
            # Where it is left out, what is stored stays.
            vol.Optional(SECTION_ADVANCED): section(vol.Schema(_TRUST), {"collapsed": not show_advanced}),
        }
    )


def points_schema(options: Sequence[SelectOptionDict]) -> vol.Schema:
    """Return the choice of points.

    Other codes may be typed or pasted: `points_from` refuses unknown ones in a sentence, where Home Assistant
    would answer with the list of all that are allowed.
    """
    points = drop_down(options=list(options), multiple=True, custom_value=True)
    return vol.Schema(
        {
            # Without a default the frontend chooses the first option of a required list by itself.
            vol.Required(CONF_POINTS, default=list): points,
            vol.Required(CONF_INCLUDE_DESCENDANTS, default=True): BooleanSelector(),
            vol.Required(CONF_AREAS, default=False): BooleanSelector(),
        }
    )


def measurements_schema(utilities: Iterable[str] = ()) -> vol.Schema:
    """Return the choice of what to read; `utilities` are keys of those that the points have."""
    return vol.Schema(
        {
            vol.Optional(CONF_MEASUREMENTS, default=list): open_list(
                options=[*MEASUREMENTS, *utilities], multiple=True, translation_key=CONF_MEASUREMENTS
            ),
            vol.Optional(CONF_COSTS, default=list): open_list(
                options=list(COSTS), multiple=True, translation_key=CONF_COSTS
            ),
        }
    )


def dashboards_schema(decided: str | None = None) -> vol.Schema:
    """Return the choice of the dashboards that show the points.

    `decided` is which points count where points hold those below them, None where that is not decided: it can be taken
    back.
    """
    schema = {
        vol.Required(CONF_ENERGY_DASHBOARD, default=True): BooleanSelector(),
        vol.Required(CONF_DASHBOARD, default=True): BooleanSelector(),
    }
    if decided is None:
        return vol.Schema(schema)
    choice = open_list(options=[decided, _UNDECIDED], translation_key=CONF_ROLLED_UP_POINTS)
    return vol.Schema({**schema, vol.Required(CONF_ROLLED_UP_POINTS, default=decided): choice})


# How far back statistics reach, whether they stand still, and whether they outlive the account.
HISTORY_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_HISTORY_MONTHS, default=DEFAULT_HISTORY_MONTHS): number_box(min=0, max=_MOST_MONTHS, step=1),
        vol.Required(CONF_HISTORY_PAUSED, default=False): BooleanSelector(),
        vol.Required(CONF_KEEP_STATISTICS, default=True): BooleanSelector(),
    }
)


def account_from(typed: Mapping[str, str]) -> dict[str, str]:
    """Return the data of an entry, without the space that came along when it was copied. Raises: FormError."""
    tenant, username = typed[CONF_TENANT].strip(), typed[CONF_USERNAME].strip()
    if not is_header_value(tenant):
        raise FormError("tenant_invalid", field=CONF_TENANT)
    if not username:
        raise FormError("username_required", field=CONF_USERNAME)
    try:
        url = normalise_url(typed[CONF_URL])
    except ValueError:
        # Not at the field: in a section an error would be out of sight.
        raise FormError("url_invalid") from None
    account = {CONF_URL: url, CONF_TENANT: tenant, CONF_USERNAME: username, CONF_PASSWORD: typed[CONF_PASSWORD]}
    return account | _trust_from(typed, url)


def _trust_from(typed: Mapping[str, str], url: str) -> dict[str, str]:
    """Return what makes the server's certificate trusted; only what was given has a key. Raises: FormError."""
    given = {key: text for key in TRUST_KEYS if (text := typed.get(key, "").strip())}
    if len(given) > 1 or (given and not url.startswith("https:")):
        raise FormError("certificate_ambiguous")
    if CONF_CERTIFICATE_FINGERPRINT in given:
        try:
            given[CONF_CERTIFICATE_FINGERPRINT] = normalise_fingerprint(given[CONF_CERTIFICATE_FINGERPRINT])
        except ValueError:
            raise FormError("fingerprint_invalid") from None
    return given


def points_from(user_input: Mapping[str, Any], tree: PointTree, *, kept: Sequence[str] = ()) -> dict[str, Any]:
    """Return the options of the choice of points; `kept` are codes that may stay without being in the tree.

    Raises: FormError.
    """
    codes = list(dict.fromkeys(user_input[CONF_POINTS]))
    if not codes:
        raise FormError("points_required", field=CONF_POINTS)
    if unknown := [code for code in codes if tree.by_code(code) is None and code not in kept]:
        raise FormError("point_unknown", field=CONF_POINTS, detail=", ".join(unknown))
    return {**user_input, CONF_POINTS: codes}


def measurements_from(user_input: Mapping[str, Any], *, has_others: bool = False) -> dict[str, Any]:
    """Return the options of the choice of measurements, costs and dashboard. Raises: FormError.

    `has_others` says that measurements of the user's own are read anyway.
    """
    if not user_input[CONF_MEASUREMENTS] and not user_input[CONF_COSTS] and not has_others:
        raise FormError("measurements_required", field=CONF_MEASUREMENTS)
    return dict(user_input)


def dashboards_from(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the choice of dashboards, None for a decision that is taken back."""
    return {key: None if value == _UNDECIDED else value for key, value in user_input.items()}


def history_from(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the history; the form gives a number with a decimal point."""
    return {**user_input, CONF_HISTORY_MONTHS: int(user_input[CONF_HISTORY_MONTHS])}
