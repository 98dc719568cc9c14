"""An account: its client, its options, its forms, and what its errors are in Home Assistant."""

from . import forms
from .client import (
    CaFileError,
    account_unique_id,
    async_account_client,
    async_forget_standing,
    async_impatient_client,
    async_server_trust,
    async_sign_in_client,
)
from .failures import action_errors, async_ask_to_sign_in, translated, update_failed
from .flows import FormError, OptionsForms, ReengenForms, patience
from .issues import POINTS_SHOWN, PointsIssue, async_create_issue, async_delete_issue, issues_of, listed
from .kept import async_forget_kept, kept_over_reload
from .options import AccountOptions, async_update_options
from .options_steps import AccountSteps
from .probe import RECENT_MONTHS, Preselection, probe, recent_months
from .redaction import AccountRedactor
from .selectors import async_option_texts, drop_down, number_box, open_list
