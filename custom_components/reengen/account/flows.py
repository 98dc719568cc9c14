"""What the flows share: a form that shows what is wrong with it, and the options that a form stores."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowContext, ConfigFlowResult, OptionsFlow
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from custom_components.reengen.api import ReengenError
from custom_components.reengen.const import CONF_ADD_ANYWAY

from .client import LONGEST_WAIT, CaFileError

# Where an error belongs to no single field.
_WHOLE_FORM: Final = "base"

# The field that takes what was typed though the platform has no values of it.
ANYWAY: Final = {vol.Required(CONF_ADD_ANYWAY, default=False): BooleanSelector()}


class FormError(Exception):
    """A form cannot be accepted as filled in: which text explains it at which field, and what the text quotes."""

    def __init__(self, key: str, *, field: str = _WHOLE_FORM, detail: str = "") -> None:
        """Keep what the form will show."""
        super().__init__(key)
        self.errors = {field: key}
        self.placeholders = {"detail": detail}

    @classmethod
    def of(cls, error: ReengenError | CaFileError) -> FormError:
        """Explain what the client raised, or what kept it from being made."""
        if isinstance(error, CaFileError):
            return FormError("ca_file_invalid", detail=str(error))
        return cls(error.kind, detail=str(error))


@asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """Wait for the platform no longer than a person does: an account's client is more patient. Raises: FormError."""
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            yield
    except (ReengenError, CaFileError) as error:
        raise FormError.of(error) from error
    except TimeoutError as error:
        raise FormError("timeout", detail=f"No response came within {LONGEST_WAIT:.0f} seconds") from error


class ReengenForms[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Shows forms, in any flow."""

    def show(
        self,
        step_id: str,
        schema: vol.Schema,
        *,
        suggested: Mapping[str, Any] | None = None,
        error: FormError | None = None,
        quoted: Mapping[str, str] | None = None,
        last_step: bool = True,
    ) -> ResultT:
        """Show the form with what was typed or stored, what is wrong with it, and what its texts quote."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=error.errors if error else {},
            description_placeholders={**(quoted or {}), **(error.placeholders if error else {})},
            last_step=last_step,
        )

    async def ask(
        self,
        step_id: str,
        schema: vol.Schema,
        user_input: dict[str, Any] | None,
        done: Callable[[dict[str, Any]], Awaitable[ResultT]],
        *,
        suggested: Mapping[str, Any] | None = None,
        quoted: Mapping[str, str] | None = None,
        last_step: bool = True,
    ) -> ResultT:
        """Return what `done` makes of what was typed; show the form before that, and again with a FormError of it.

        An error at CONF_ADD_ANYWAY adds this field, which stays until the form is accepted.
        """
        error = None
        if user_input is not None:
            try:
                return await done(user_input)
            except FormError as form_error:
                error = form_error
        if CONF_ADD_ANYWAY in {*(user_input or ()), *(error.errors if error else ())}:
            schema = schema.extend(ANYWAY)
        suggested = user_input or suggested
        return self.show(step_id, schema, suggested=suggested, error=error, quoted=quoted, last_step=last_step)


class OptionsForms(ReengenForms[ConfigFlowContext, ConfigFlowResult, str], OptionsFlow):
    """Steps of the options flow."""

    async def change(
        self,
        step_id: str,
        schema: vol.Schema,
        user_input: dict[str, Any] | None,
        read: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        *,
        stored: Mapping[str, Any] | None = None,
        quoted: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Ask for options and store what `read` makes of what was typed; `stored` are the options if not given."""

        async def save(typed: dict[str, Any]) -> ConfigFlowResult:
            return self.save_options(read(typed))

        suggested = self.config_entry.options if stored is None else stored
        return await self.ask(step_id, schema, user_input, save, suggested=suggested, quoted=quoted)

    @callback
    def save_options(self, changed: Mapping[str, Any]) -> ConfigFlowResult:
        """Finish with the options, some of them changed, None for none."""
        stored = {**self.config_entry.options, **changed}
        return self.async_create_entry(data={key: value for key, value in stored.items() if value is not None})
