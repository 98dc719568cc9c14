"""Sign in, choose points, choose what to read; later change any of it."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowContext,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_TIME_ZONE, CONF_URL, CONF_USERNAME
from homeassistant.core import callback
from homeassistant.helpers.selector import SelectOptionDict
from homeassistant.util import dt as dt_util, slugify

from .account import (
    AccountOptions,
    AccountSteps,
    CaFileError,
    FormError,
    Preselection,
    ReengenForms,
    account_unique_id,
    async_forget_standing,
    async_impatient_client,
    async_option_texts,
    async_sign_in_client,
    forms,
    patience,
    probe,
)
from .api import PointTree, ReengenClient, ReengenError
from .commands import ConfirmationSteps, NumberLimitSteps
from .const import (
    CONF_COSTS,
    CONF_CURRENCY,
    CONF_CUSTOM_MEASUREMENTS,
    CONF_INCLUDE_DESCENDANTS,
    CONF_MEASUREMENTS,
    CONF_POINTS,
    CONF_STATISTICS_PREFIX,
    CONF_TENANT,
    DEFAULT_URL,
    DOMAIN,
    SECTION_ADVANCED,
    SUBENTRY_DATA_VALUE,
)
from .custom_measurements import CustomMeasurementFlow, async_stored_utilities
from .data_values import DataValueFlow
from .demand import ContractSteps
from .history import async_keep_prefix_elsewhere, prefix_of_new
from .points import chosen_points, gone_options, point_options, preselected_points
from .reactive import reactive_schema
from .runtime import ReengenConfigEntry


class ReengenConfigFlow(ReengenForms[ConfigFlowContext, ConfigFlowResult, str], ConfigFlow, domain=DOMAIN):
    """Add an account; give it a new password; move it to another address."""

    VERSION = 1
    MINOR_VERSION = 2

    _account: dict[str, str]
    _client: ReengenClient
    _tree: PointTree
    _points: dict[str, Any]
    _count: int
    _found: Preselection

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow that changes options."""
        return ReengenOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flows of what can be added to an account."""
        return {SUBENTRY_DATA_VALUE: DataValueFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the account and sign in."""
        advanced = user_input[SECTION_ADVANCED] if user_input else {CONF_URL: DEFAULT_URL}
        schema = forms.account_schema(show_advanced=advanced != {CONF_URL: DEFAULT_URL})
        return await self.ask("user", schema, user_input, self._async_user_step_done, last_step=False)

    async def _async_user_step_done(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        self._account = forms.account_from({**user_input, **user_input[SECTION_ADVANCED]})
        # A dialog that was closed in the middle must not keep the account from being added.
        await self.async_set_unique_id(_unique_id(self._account), raise_on_progress=False)
        self._abort_if_unique_id_configured()
        await self._async_sign_in(self._account)
        if not self._tree:
            raise FormError("no_points")
        return await self.async_step_points()

    async def async_step_points(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the points."""
        schema = forms.points_schema(point_options(self._tree))
        quoted, suggested = {"count": str(len(self._tree))}, {CONF_POINTS: preselected_points(self._tree)}
        return await self.ask(
            "points", schema, user_input, self._async_points_done, suggested=suggested, quoted=quoted, last_step=False
        )

    async def _async_points_done(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        """Keep the points, and find out what they have data for."""
        self._points = forms.points_from(user_input, self._tree)
        include_descendants = self._points[CONF_INCLUDE_DESCENDANTS]
        chosen = chosen_points(self._tree, self._points[CONF_POINTS], include_descendants=include_descendants)
        self._count = len(chosen)
        codes, zone = [point.code for point in chosen], dt_util.get_default_time_zone()
        self._found = await probe(self._client, codes, dt_util.utcnow(), zone)
        return await self.async_step_measurements()

    async def async_step_measurements(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to read of the points; what they have data for is preselected."""
        found = self._found
        suggested = {CONF_MEASUREMENTS: [*found.measurements, *found.utilities], CONF_COSTS: list(found.costs)}
        schema = forms.measurements_schema(found.utilities).extend(forms.dashboards_schema().schema)
        quoted = {"count": str(self._count)}
        return await self.ask(
            "measurements", schema, user_input, self._async_create_entry, suggested=suggested, quoted=quoted
        )

    async def _async_create_entry(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        measurements = forms.measurements_from(user_input)
        tenant = self._account[CONF_TENANT]
        prefix = prefix_of_new(self.hass, self._account[CONF_URL], tenant)
        chosen = measurements[CONF_MEASUREMENTS]
        utilities = {key: series for key, series in self._found.utilities.items() if key in chosen}
        if utilities:
            measurements[CONF_MEASUREMENTS] = [key for key in chosen if key not in utilities]
            measurements[CONF_CUSTOM_MEASUREMENTS] = await async_stored_utilities(self.hass, prefix, utilities)
        return self.async_create_entry(
            title=f"{tenant} ({self._account[CONF_USERNAME]})",
            data=self._account if prefix == slugify(tenant) else {**self._account, CONF_STATISTICS_PREFIX: prefix},
            options={
                **self._points,
                **measurements,
                CONF_TIME_ZONE: self.hass.config.time_zone,
                CONF_CURRENCY: self.hass.config.currency,
            },
        )

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start over with the password, which the platform refused."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the account's password of today and sign in."""
        entry = self._get_reauth_entry()

        async def done(typed: dict[str, Any]) -> ConfigFlowResult:
            await self._async_sign_in({**entry.data, **typed})
            async_forget_standing(self.hass, entry.entry_id)
            return self.async_update_reload_and_abort(entry, data_updates=typed)

        quoted = {CONF_TENANT: entry.data[CONF_TENANT], CONF_USERNAME: entry.data[CONF_USERNAME]}
        return await self.ask("reauth_confirm", forms.REAUTH_SCHEMA, user_input, done, quoted=quoted)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the account's address, its certificate and password and sign in; another account is another entry."""
        data = self._get_reconfigure_entry().data
        # The stored password stays where it is stored.
        stored = {CONF_USERNAME: data[CONF_USERNAME], CONF_URL: data[CONF_URL], SECTION_ADVANCED: _trust(data)}
        schema = forms.reconfigure_schema(show_advanced=bool((user_input or stored).get(SECTION_ADVANCED)))
        quoted = {CONF_TENANT: data[CONF_TENANT]}
        return await self.ask(
            "reconfigure", schema, user_input, self._async_reconfigure_done, suggested=stored, quoted=quoted
        )

    async def _async_reconfigure_done(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        entry = self._get_reconfigure_entry()
        trust = user_input.get(SECTION_ADVANCED, _trust(entry.data))
        account = forms.account_from({CONF_TENANT: entry.data[CONF_TENANT], **user_input, **trust})
        await self.async_set_unique_id(_unique_id({**account, CONF_URL: entry.data[CONF_URL]}))
        self._abort_if_unique_id_mismatch(reason="wrong_account", description_placeholders={"account": entry.title})
        if (unique_id := _unique_id(account)) != entry.unique_id:
            await self.async_set_unique_id(unique_id)
            self._abort_if_unique_id_configured()
        await self._async_sign_in(account)
        async_forget_standing(self.hass, entry.entry_id)
        if account[CONF_URL] != entry.data[CONF_URL]:
            async_keep_prefix_elsewhere(self.hass, entry, account[CONF_URL])
        others = {key: value for key, value in entry.data.items() if key not in forms.TRUST_KEYS}
        return self.async_update_reload_and_abort(entry, unique_id=unique_id, data={**others, **account})

    async def _async_sign_in(self, account: Mapping[str, Any]) -> None:
        """Sign in for real and read the tree. Raises: FormError."""
        try:
            self._client = await async_sign_in_client(self.hass, account)
            await self._client.authenticate()
            self._tree = await self._client.get_point_hierarchy()
        except (ReengenError, CaFileError) as error:
            raise FormError.of(error) from error


# What a statistic of every hour takes in the recorder's database in a year, as measured with SQLite.
_MEGABYTES_A_YEAR: Final = 0.6


def _menu(
    step_id: str, *entries: str
) -> Callable[[ReengenOptionsFlow, dict[str, Any] | None], Awaitable[ConfigFlowResult]]:
    """Return the step that asks which of the entries to change."""

    async def step(flow: ReengenOptionsFlow, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        offered = [each for each in entries if each != "custom_change" or flow.has_custom_measurements]
        return flow.async_show_menu(step_id=step_id, menu_options=offered)

    return step


class ReengenOptionsFlow(
    AccountSteps, CustomMeasurementFlow, ConfirmationSteps, NumberLimitSteps, ContractSteps, OptionsFlowWithReload
):
    """Change what is read from which points, and what the platform does not tell about itself."""

    async_step_init = _menu(
        "init", "points", "measurements_menu", "dashboards", "limits_menu", "commands_menu", "history", "advanced_menu"
    )
    async_step_measurements_menu = _menu("measurements_menu", "measurements", "custom_add", "custom_change")
    async_step_limits_menu = _menu("limits_menu", "reactive", "contracts")
    async_step_commands_menu = _menu("commands_menu", "number_limits", "confirmations")
    async_step_advanced_menu = _menu("advanced_menu", "advanced", "meters")

    async def async_step_points(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the points; a chosen one that is gone from the platform stays in the list."""
        stored = self.config_entry.options[CONF_POINTS]
        error = None
        options = [SelectOptionDict(value=code, label=code) for code in stored]
        try:
            tree = await self._async_tree()
            texts = await async_option_texts(self.hass, CONF_POINTS)
            options = [*gone_options(tree, stored, texts["gone"]), *point_options(tree)]
            if user_input is not None:
                return self.save_options(forms.points_from(user_input, tree, kept=stored))
        except FormError as form_error:
            error = form_error
        return self.show(
            "points", forms.points_schema(options), suggested=user_input or self.config_entry.options, error=error
        )

    async def _async_tree(self) -> PointTree:
        """Read the tree, through the account's own session while it runs. Raises: FormError."""
        entry: ReengenConfigEntry = self.config_entry
        async with patience():
            if entry.state is not ConfigEntryState.LOADED:
                client = await async_impatient_client(self.hass, entry)
                return await client.get_point_hierarchy()
            return await entry.runtime_data.points.async_listed()

    async def async_step_measurements(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to read of the points."""
        read = partial(forms.measurements_from, has_others=self.has_custom_measurements)
        return await self.change("measurements", forms.measurements_schema(), user_input, read)

    async def async_step_history(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how far back the statistics reach, and whether they stand still."""
        series = self._count_series()
        quoted = {"series": str(series), "megabytes": str(round(series * _MEGABYTES_A_YEAR))}
        return await self.change("history", forms.HISTORY_SCHEMA, user_input, forms.history_from, quoted=quoted)

    def _count_series(self) -> int:
        """Return how many statistics the account has, as far as its points are known."""
        options = AccountOptions.of(self.config_entry)
        is_loaded = self.config_entry.state is ConfigEntryState.LOADED
        points = self.config_entry.runtime_data.points.data.chosen if is_loaded else options.points
        return len(points) * (len(options.measurements) + len(options.costs))

    async def async_step_reactive(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the limits of reactive energy."""
        return await self.change("reactive", reactive_schema(), user_input)


def _unique_id(account: Mapping[str, str]) -> str:
    return account_unique_id(account[CONF_URL], account[CONF_TENANT], account[CONF_USERNAME])


def _trust(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what makes the server's certificate trusted, of the data of an entry."""
    return {key: data[key] for key in forms.TRUST_KEYS if key in data}
