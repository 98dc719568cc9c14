"""Values of the Data Science table: which are wanted, how they are read together and written one by one."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
import math
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_MODE, CONF_NAME, CONF_TYPE, Platform

from custom_components.reengen.api import (
    DataValue,
    DataValueChange,
    Listing,
    Oddity,
    OddityKind,
    Operation,
    ReengenError,
    ReengenOutcomeUnknownError,
    ReengenRequestError,
    run_parts,
)
from custom_components.reengen.const import (
    CONF_KIND,
    CONF_POINT_ID,
    DATA_VALUES_INTERVAL,
    KIND_NUMBER,
    LOGGER,
    MODE_WRITE,
    SUBENTRY_DATA_VALUE,
)
from custom_components.reengen.points import ChosenPointsCoordinator, PointsCoordinator

_METHOD: Final = "GetDCData"

type ValueKey = tuple[int, str]
"""Point id and type: what names a value within a tenant (API document: GetDCData)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataValueSource:
    """A value that the user wants to see or to write, as its subentry says."""

    subentry_id: str
    point_id: int
    type: str
    name: str
    is_written: bool
    is_number: bool

    @property
    def key(self) -> ValueKey:
        """Return what names the value."""
        return (self.point_id, self.type)

    @property
    def platform(self) -> Platform:
        """Return the platform of its entity."""
        if not self.is_written:
            return Platform.SENSOR
        return Platform.NUMBER if self.is_number else Platform.TEXT


def data_value_sources(entry: ConfigEntry[Any]) -> tuple[DataValueSource, ...]:
    """Return the values that the account's subentries ask for."""
    return tuple(
        DataValueSource(
            subentry_id=subentry.subentry_id,
            point_id=subentry.data[CONF_POINT_ID],
            type=subentry.data[CONF_TYPE],
            name=subentry.data.get(CONF_NAME) or subentry.data[CONF_TYPE],
            is_written=subentry.data[CONF_MODE] == MODE_WRITE,
            is_number=subentry.data[CONF_KIND] == KIND_NUMBER,
        )
        for subentry in entry.subentries.values()
        if subentry.subentry_type == SUBENTRY_DATA_VALUE
    )


def number_of(text: str | None) -> float | None:
    """Return the finite number that the table's text spells, with a decimal point; None for any other text."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def text_of(number: float) -> str:
    """Return the shortest decimal text of a number, without an exponent: "3" as the API document prints it.

    Raises: ReengenRequestError for what is no finite number.
    """
    if not math.isfinite(number):
        raise ReengenRequestError(f"The value is a finite number, not {number}")
    return str(int(number)) if number.is_integer() else f"{Decimal(repr(number)):f}"


@dataclass(frozen=True, kw_only=True)
class DataValues:
    """The texts that the table holds, absent where it holds none; `refused` are those that were not answered for."""

    values: Mapping[ValueKey, str] = field(default_factory=dict)
    refused: frozenset[ValueKey] = frozenset()


class DataValuesCoordinator(ChosenPointsCoordinator[DataValues]):
    """Reads all wanted values, in one request for each type, and writes single ones."""

    def __init__(self, points: PointsCoordinator) -> None:
        """Read hourly."""
        super().__init__(points, name="data values", interval=DATA_VALUES_INTERVAL)
        self.sources = data_value_sources(points.config_entry)
        self.data = DataValues()
        # Held while a value is written: two at once could arrive in the other order than they were given.
        self.turn = asyncio.Lock()

    @override
    async def _async_read(self) -> DataValues:
        values: dict[ValueKey, str] = {}
        refused: set[ValueKey] = set()
        oddities: list[Oddity] = []

        async def ask(type_: str, codes: Mapping[str, int]) -> None:
            async def send(some: Sequence[str], _: Sequence[str]) -> Listing[DataValue]:
                return await self.client.get_dc_data(points=list(some), type=type_)

            found = await self.points.refused.ask(_METHOD, tuple(codes), (type_,), send)
            refused.update((codes[code], type_) for code, _ in found.refused)
            for rows in found.parts:
                said = _said_by(rows, type_, codes)
                values.update(_certain(said))
                oddities.extend((*rows.oddities, *_contradictions(said, codes)))

        await run_parts([partial(ask, type_, codes) for type_, codes in self._codes_by_type().items()])
        self.oddities.report("data values", oddities)
        self.points.async_report_refused()
        return DataValues(values=values, refused=frozenset(refused))

    def _codes_by_type(self) -> dict[str, dict[str, int]]:
        """Return for each type the codes to ask for and their ids; the platform refuses points that are gone."""
        wanted: dict[str, dict[str, int]] = {}
        for source in self.sources:
            if (point := self.points.data.tree.by_id(source.point_id)) is not None:
                wanted.setdefault(source.type, {})[point.code] = point.id
        return wanted

    async def async_write(self, source: DataValueSource, code: str, text: str) -> None:
        """Write the value once and show what the table then holds.

        Raises: ReengenError; of an unknown outcome only where the table does not hold the text afterwards.
        """
        change = DataValueChange(point=code, type=source.type, value=text, operation=Operation.CREATE_OR_UPDATE)
        try:
            await self.client.manage_dc_data([change])
        except ReengenOutcomeUnknownError:
            if not await self._async_read_back(source, code) or self.data.values.get(source.key) != text:
                raise
        else:
            if not await self._async_read_back(source, code):
                # The platform has said that it holds the text.
                self._show({**self.data.values, source.key: text})

    async def _async_read_back(self, source: DataValueSource, code: str) -> bool:
        """Show what the table holds; return whether it could be read."""
        try:
            rows = await self.client.get_dc_data(points=[code], type=source.type)
        except ReengenError as error:
            LOGGER.debug("The value of type %s was not read back: %s", source.type, error)
            return False
        kept = {key: value for key, value in self.data.values.items() if key != source.key}
        self._show({**kept, **_certain(_said_by(rows, source.type, {code: source.point_id}))})
        return True

    def _show(self, values: Mapping[ValueKey, str]) -> None:
        self.data = replace(self.data, values=values)
        self.async_update_listeners()


type _Said = Mapping[ValueKey, Sequence[str]]
"""The texts that rows give one value: more than one where they contradict each other."""


def _said_by(rows: Iterable[DataValue], type_: str, codes: Mapping[str, int]) -> _Said:
    said: dict[ValueKey, dict[str, None]] = {}
    for row in rows:
        if row.point in codes and row.type == type_:
            said.setdefault((codes[row.point], type_), {})[row.value] = None
    return {key: tuple(texts) for key, texts in said.items()}


def _certain(said: _Said) -> dict[ValueKey, str]:
    return {key: texts[0] for key, texts in said.items() if len(texts) == 1}


def _contradictions(said: _Said, codes: Mapping[str, int]) -> Iterator[Oddity]:
    of_id = {point_id: code for code, point_id in codes.items()}
    for (point_id, type_), texts in said.items():
        if len(texts) > 1:
            yield Oddity(
                method=_METHOD,
                kind=OddityKind.TWO_VALUES,
                where=type_,
                # Diagnostics do not show the texts.
                example=f"{len(texts)} different values",
                point_code=of_id[point_id],
            )
