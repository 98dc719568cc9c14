"""What a number command takes, as the user says: the platform names no bounds, no step and no unit."""

from dataclasses import dataclass

from homeassistant.exceptions import ServiceValidationError

from custom_components.reengen.account import AccountOptions
from custom_components.reengen.api import Command, ParameterKind
from custom_components.reengen.const import CONF_MAXIMUM, CONF_MINIMUM, CONF_STEP, CONF_UNIT, DOMAIN, FINEST_STEP
from custom_components.reengen.measurements import written


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberLimits:
    """Bounds, step and unit of the numbers that a command takes; what nobody set is None, and "" as a unit."""

    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    unit: str = ""

    def check(self, command: Command, parameter: object, language: str) -> None:
        """Refuse a number beyond the bounds: ServiceValidationError, with figures as the language writes them.

        What is no number is for the client to refuse.
        """
        if isinstance(parameter, bool) or not isinstance(parameter, int | float):
            return
        if self.minimum is not None and parameter < self.minimum:
            raise self._refusal("number_too_small", command, parameter, self.minimum, language)
        if self.maximum is not None and parameter > self.maximum:
            raise self._refusal("number_too_large", command, parameter, self.maximum, language)

    def _refusal(
        self, key: str, command: Command, number: float, bound: float, language: str
    ) -> ServiceValidationError:
        return ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={
                "command": command.name,
                "number": self._shown(number, language),
                "bound": self._shown(bound, language),
            },
        )

    def _shown(self, number: float, language: str) -> str:
        text = str(number) if isinstance(number, int) else written(f"{number:.15g}", language)
        return f"{text} {self.unit}".rstrip()


def limits_key(point_id: int, command: Command) -> str:
    """Return what names a command of a point in the options."""
    return f"{point_id}/{command.code}"


def limits_of(options: AccountOptions, point_id: int, command: Command) -> NumberLimits:
    """Return what the options say of the command, which is nothing at first."""
    stored = options.number_limits.get(limits_key(point_id, command), {})
    return NumberLimits(
        minimum=stored.get(CONF_MINIMUM),
        maximum=stored.get(CONF_MAXIMUM),
        step=stored.get(CONF_STEP),
        unit=stored.get(CONF_UNIT, ""),
    )


def usual_step(command: Command) -> float:
    """Return the step of a command for which nobody set one."""
    return 1.0 if command.kind is ParameterKind.INTEGER else FINEST_STEP
