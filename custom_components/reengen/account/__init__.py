"""An account: its client, its options, its forms, and what its errors are in Home Assistant."""

from .client import (
    CaFileError,
    account_unique_id,
    async_account_client,
    async_forget_standing,
    async_impatient_client,
    async_server_trust,
    async_sign_in_client,
)
from .failures import action_errors, async_ask_to_sign_in, translation_key, update_failed
from .forms import (
    TRUST_KEYS,
    FormError,
    OptionsForms,
    ReengenForms,
    account_from,
    account_schema,
    advanced_from,
    advanced_schema,
    dashboards_from,
    dashboards_schema,
    history_from,
    history_schema,
    measurements_from,
    measurements_schema,
    meters_schema,
    patience,
    points_from,
    points_schema,
    reauth_schema,
    reconfigure_schema,
)
from .options import AccountOptions, async_update_options
from .probe import probe
from .redaction import AccountRedactor
from .selectors import drop_down, number_box, open_list
