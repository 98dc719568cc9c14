"""Sign in, choose points, choose what to read; later change any of it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, override
from zoneinfo import available_timezones

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_PASSWORD, CONF_TIME_ZONE, CONF_URL, CONF_USERNAME
from homeassistant.core import callback
from homeassistant.helpers.selector import SelectOptionDict
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, slugify

from .account import (
    TRUST_KEYS,
    AccountOptions,
    CaFileError,
    FormError,
    ReengenForms,
    account_from,
    account_schema,
    account_unique_id,
    advanced_from,
    advanced_schema,
    async_forget_standing,
    async_impatient_client,
    async_sign_in_client,
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
    probe,
    reauth_schema,
    reconfigure_schema,
)
from .api import MeasurementSeries, Point, PointTree, ReengenClient, ReengenError
from .commands import ConfirmationSteps, NumberLimitSteps
from .const import (
    CONF_COSTS,
    CONF_CURRENCY,
    CONF_CUSTOM_MEASUREMENTS,
    CONF_DASHBOARD,
    CONF_ENERGY_DASHBOARD,
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

_GONE_LABEL: Final = f"component.{DOMAIN}.selector.{CONF_POINTS}.options.gone"


class ReengenConfigFlow(ReengenForms, ConfigFlow, domain=DOMAIN):
    """Add an account; give it a new password; move it to another address."""

    VERSION = 1
    MINOR_VERSION = 2

    _account: dict[str, str]
    _client: ReengenClient
    _tree: PointTree
    _points: dict[str, Any]
    _utilities: Mapping[str, MeasurementSeries]

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
        error = None
        if user_input is not None:
            try:
                return await self._async_user_step_done(user_input)
            except FormError as form_error:
                error = form_error
        advanced = user_input[SECTION_ADVANCED] if user_input else {CONF_URL: DEFAULT_URL}
        schema = account_schema(show_advanced=advanced != {CONF_URL: DEFAULT_URL})
        return self.show("user", schema, suggested=user_input, error=error, last_step=False)

    async def _async_user_step_done(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        self._account = account_from(
            user_input[CONF_TENANT],
            user_input[CONF_USERNAME],
            user_input[CONF_PASSWORD],
            user_input[SECTION_ADVANCED][CONF_URL],
            user_input[SECTION_ADVANCED],
        )
        # A dialog that was closed in the middle must not keep the account from being added.
        await self.async_set_unique_id(_unique_id(self._account), raise_on_progress=False)
        self._abort_if_unique_id_configured()
        await self._async_sign_in(self._account)
        if not self._tree:
            raise FormError("no_points")
        return await self.async_step_points()

    async def async_step_points(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the points."""
        error = None
        if user_input is not None:
            try:
                self._points = points_from(user_input, self._tree)
                return await self.async_step_measurements()
            except FormError as form_error:
                error = form_error
        schema = points_schema(point_options(self._tree))
        quoted = {"count": str(len(self._tree))}
        suggested = user_input or {CONF_POINTS: preselected_points(self._tree)}
        return self.show("points", schema, suggested=suggested, error=error, quoted=quoted, last_step=False)

    async def async_step_measurements(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to read of the points; what they have data for is preselected."""
        error = None
        if user_input is not None:
            try:
                return await self._async_create_entry(measurements_from(user_input))
            except FormError as form_error:
                error = form_error
        chosen = chosen_points(
            self._tree, self._points[CONF_POINTS], include_descendants=self._points[CONF_INCLUDE_DESCENDANTS]
        )
        suggested = user_input or await self._async_preselected(chosen)
        quoted = {"count": str(len(chosen))}
        return self.show(
            "measurements",
            measurements_schema(self._utilities).extend(dashboards_schema().schema),
            suggested=suggested,
            error=error,
            quoted=quoted,
        )

    async def _async_preselected(self, points: Sequence[Point]) -> dict[str, Any]:
        zone = dt_util.get_default_time_zone()
        found = await probe(self._client, [point.code for point in points], dt_util.utcnow(), zone)
        self._utilities = found.utilities
        return {CONF_MEASUREMENTS: [*found.measurements, *found.utilities], CONF_COSTS: list(found.costs)}

    async def _async_create_entry(self, measurements: dict[str, Any]) -> ConfigFlowResult:
        tenant = self._account[CONF_TENANT]
        prefix = prefix_of_new(self.hass, self._account[CONF_URL], tenant)
        chosen = measurements[CONF_MEASUREMENTS]
        utilities = {key: series for key, series in self._utilities.items() if key in chosen}
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
        error = None
        if user_input is not None:
            try:
                await self._async_sign_in({**entry.data, **user_input})
                async_forget_standing(self.hass, entry.entry_id)
                return self.async_update_reload_and_abort(entry, data_updates=user_input)
            except FormError as form_error:
                error = form_error
        quoted = {CONF_TENANT: entry.data[CONF_TENANT], CONF_USERNAME: entry.data[CONF_USERNAME]}
        return self.show("reauth_confirm", reauth_schema(), suggested=user_input, error=error, quoted=quoted)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the account's address, its certificate and password and sign in; another account is another entry."""
        entry = self._get_reconfigure_entry()
        error = None
        if user_input is not None:
            try:
                return await self._async_reconfigure_done(entry, user_input)
            except FormError as form_error:
                error = form_error
        # The stored password stays where it is stored.
        stored = {
            CONF_USERNAME: entry.data[CONF_USERNAME],
            CONF_URL: entry.data[CONF_URL],
            SECTION_ADVANCED: {key: entry.data[key] for key in TRUST_KEYS if key in entry.data},
        }
        suggested = user_input or stored
        schema = reconfigure_schema(show_advanced=bool(suggested.get(SECTION_ADVANCED)))
        quoted = {CONF_TENANT: entry.data[CONF_TENANT]}
        return self.show("reconfigure", schema, suggested=suggested, error=error, quoted=quoted)

    async def _async_reconfigure_done(self, entry: ConfigEntry, user_input: dict[str, Any]) -> ConfigFlowResult:
        account = account_from(
            entry.data[CONF_TENANT],
            user_input[CONF_USERNAME],
            user_input[CONF_PASSWORD],
            user_input[CONF_URL],
            user_input.get(SECTION_ADVANCED, entry.data),
        )
        await self.async_set_unique_id(
            account_unique_id(entry.data[CONF_URL], account[CONF_TENANT], account[CONF_USERNAME])
        )
        self._abort_if_unique_id_mismatch(reason="wrong_account", description_placeholders={"account": entry.title})
        if (unique_id := _unique_id(account)) != entry.unique_id:
            await self.async_set_unique_id(unique_id)
            self._abort_if_unique_id_configured()
        await self._async_sign_in(account)
        async_forget_standing(self.hass, entry.entry_id)
        if account[CONF_URL] != entry.data[CONF_URL]:
            async_keep_prefix_elsewhere(self.hass, entry)
        others = {key: value for key, value in entry.data.items() if key not in TRUST_KEYS}
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

# The entries of the options' menu and of those that it leads to.
_MENUS: Final = {
    "init": ("points", "measurements_menu", "dashboards", "limits_menu", "commands_menu", "history", "advanced_menu"),
    "measurements_menu": ("measurements", "custom_add", "custom_change"),
    "limits_menu": ("reactive", "contracts"),
    "commands_menu": ("number_limits", "confirmations"),
    "advanced_menu": ("advanced", "meters"),
}


class ReengenOptionsFlow(
    CustomMeasurementFlow, ConfirmationSteps, NumberLimitSteps, ContractSteps, OptionsFlowWithReload
):
    """Change what is read from which points, and what the platform does not tell about itself."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to change."""
        return self._menu("init")

    async def async_step_measurements_menu(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which measurements to change: those that are built in, or the user's own."""
        return self._menu("measurements_menu")

    async def async_step_limits_menu(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which limits to change."""
        return self._menu("limits_menu")

    async def async_step_commands_menu(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to change of commands."""
        return self._menu("commands_menu")

    async def async_step_advanced_menu(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for what is seldom changed."""
        return self._menu("advanced_menu")

    def _menu(self, step_id: str) -> ConfigFlowResult:
        entries = [each for each in _MENUS[step_id] if each != "custom_change" or self.has_custom_measurements]
        return self.async_show_menu(step_id=step_id, menu_options=entries)

    async def async_step_points(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the points; a chosen one that is gone from the platform stays in the list."""
        stored = self.config_entry.options[CONF_POINTS]
        error = None
        options = [SelectOptionDict(value=code, label=code) for code in stored]
        try:
            tree = await self._async_tree()
            options = [*await self._async_gone(tree, stored), *point_options(tree)]
            if user_input is not None:
                return self.save_options(points_from(user_input, tree, kept=stored))
        except FormError as form_error:
            error = form_error
        return self.show(
            "points", points_schema(options), suggested=user_input or self.config_entry.options, error=error
        )

    async def _async_tree(self) -> PointTree:
        """Read the tree, through the account's own session while it runs. Raises: FormError."""
        entry: ReengenConfigEntry = self.config_entry
        async with patience():
            if entry.state is not ConfigEntryState.LOADED:
                client = await async_impatient_client(self.hass, entry)
                return await client.get_point_hierarchy()
            return await entry.runtime_data.client.get_point_hierarchy()

    async def _async_gone(self, tree: PointTree, codes: Sequence[str]) -> list[SelectOptionDict]:
        texts = await async_get_translations(self.hass, self.hass.config.language, "selector", [DOMAIN])
        return gone_options(tree, codes, texts[_GONE_LABEL])

    async def async_step_measurements(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to read of the points."""
        error = None
        if user_input is not None:
            try:
                return self.save_options(measurements_from(user_input, has_others=self.has_custom_measurements))
            except FormError as form_error:
                error = form_error
        suggested = user_input or self.config_entry.options
        return self.show("measurements", measurements_schema(), suggested=suggested, error=error)

    async def async_step_dashboards(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the dashboards; an account of an earlier version has neither until it wants one."""
        if user_input is not None:
            return self.save_options(dashboards_from(user_input))
        stored = {CONF_DASHBOARD: False, CONF_ENERGY_DASHBOARD: False, **self.config_entry.options}
        decided = AccountOptions.of(self.config_entry).rolled_up_points
        return self.show("dashboards", dashboards_schema(decided), suggested=stored)

    async def async_step_history(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how far back the statistics reach, and whether they stand still."""
        if user_input is not None:
            return self.save_options(history_from(user_input))
        series = self._count_series()
        quoted = {"series": str(series), "megabytes": str(round(series * _MEGABYTES_A_YEAR))}
        return self.show("history", history_schema(), suggested=self.config_entry.options, quoted=quoted)

    def _count_series(self) -> int:
        """Return how many statistics the account has, as far as its points are known."""
        options = AccountOptions.of(self.config_entry)
        is_loaded = self.config_entry.state is ConfigEntryState.LOADED
        points = self.config_entry.runtime_data.points.data.chosen if is_loaded else options.points
        return len(points) * (len(options.measurements) + len(options.costs))

    async def async_step_meters(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether to read registers and phases."""
        if user_input is not None:
            return self.save_options(user_input)
        return self.show("meters", meters_schema(), suggested=self.config_entry.options)

    async def async_step_reactive(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the limits of reactive energy."""
        if user_input is not None:
            return self.save_options(user_input)
        return self.show("reactive", reactive_schema(), suggested=self.config_entry.options)

    async def async_step_advanced(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the platform's time zone and currency, and whether costs are with tax."""
        time_zones = sorted(await self.hass.async_add_executor_job(available_timezones))
        error = None
        if user_input is not None:
            try:
                return self.save_options(advanced_from(user_input, time_zones))
            except FormError as form_error:
                error = form_error
        suggested = user_input or self.config_entry.options
        return self.show("advanced", advanced_schema(time_zones), suggested=suggested, error=error)


def _unique_id(account: Mapping[str, str]) -> str:
    return account_unique_id(account[CONF_URL], account[CONF_TENANT], account[CONF_USERNAME])
