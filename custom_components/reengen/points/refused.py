"""What the platform refuses of an account: found out once, left out, and asked for again later.

A platform may refuse a request as a whole because of one point or series in it, and says why in free text. What is
refused is then looked for, and all else is answered in the same poll.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Final

from homeassistant.util import dt as dt_util

from custom_components.reengen.api import Oddity, OddityKind, ReengenRefusedError

from .refusal_search import MOST_REQUESTS, MOST_UNREMEMBERED, Block, ExhaustedError, RefusalSearch, Send, words_of

# What is refused beside what is answered is a matter of the platform's configuration, which people change by the day.
_PAUSE: Final = timedelta(days=1)

# Where nothing at all was answered, the platform may be in disorder for the moment: the pause begins here and doubles.
_FIRST_PAUSE: Final = timedelta(minutes=15)

# What the search did not come to is looked at again.
_UNSETTLED_PAUSE: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Answered[T]:
    """What was answered, part by part, and the pairs (code of the point, key of the series) that were not."""

    parts: tuple[T, ...]
    refused: frozenset[tuple[str, str]]


@dataclass(kw_only=True, slots=True)
class _Entry:
    """A part that is left out for a while; `codes` are None for every point.

    `is_settled` is False where the search ended before it came to the part: some of it may be answered.
    """

    method: str
    codes: frozenset[str] | None
    keys: tuple[str, ...]
    words: str
    pause: timedelta
    noted_at: datetime = field(default_factory=dt_util.utcnow)
    is_settled: bool = True

    @property
    def is_due(self) -> bool:
        """Return whether it is time to ask again; an instant of the future was noted by a clock that was ahead."""
        return not self.noted_at <= dt_util.utcnow() < self.noted_at + self.pause

    def covers(self, code: str, key: str) -> bool:
        """Return whether the point is left out in the series."""
        return key in self.keys and (self.codes is None or code in self.codes)

    def part_of(self, block: Block) -> Block:
        """Return what of the block is left out."""
        codes, keys = block
        return (
            codes if self.codes is None else tuple(code for code in codes if code in self.codes),
            tuple(key for key in keys if key in self.keys),
        )


@dataclass(slots=True)
class RefusedParts:
    """What the platform refuses of one account, in memory; the requests of one method share what was found out.

    `listed` reads the tree of points anew and returns the codes in it, or None where it could not be read: points that
    are gone need not be looked for, and a platform that refuses even that refuses no part but everything.
    """

    listed: Callable[[], Awaitable[Collection[str] | None]]
    _entries: list[_Entry] = field(default_factory=list)
    _searching: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self) -> None:
        """Ask for everything again: the points have changed."""
        self._entries = []

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """Return what is left out, with the platform's own words; without a point where it is all of them."""
        return tuple(
            Oddity(
                method=entry.method,
                kind=OddityKind.REFUSED,
                where=", ".join(entry.keys),
                example=entry.words,
                count=len(entry.keys),
                point_code=code,
            )
            for entry in self._entries
            for code in ((None,) if entry.codes is None else sorted(entry.codes))
        )

    def not_refused(self, method: str, codes: Sequence[str], key: str) -> list[str]:
        """Return the points that are not known to be refused in a series."""
        return [code for some, _ in self._allowed(method, (tuple(codes), (key,))) for code in some]

    async def ask[T](
        self, method: str, codes: Sequence[str], keys: Sequence[str], send: Send[T], *, remembers: bool = True
    ) -> Answered[T]:
        """Ask for all points in all series, without what is known to be refused, and find out what else is.

        Nothing is noted without `remembers`: what is refused of an old month says nothing of today.

        A part that is found out takes about log2(points x series) further requests, and all that are found out at
        once MOST_REQUESTS at most (MOST_UNREMEMBERED of what is not remembered); what the search does not come to is left out for an hour.
        Raises: ReengenError of `send`; ReengenRefusedError only if the platform refuses the tree of points too.
        """
        asked = (tuple(codes), tuple(keys))
        parts: list[tuple[Block, T]] = []
        blocks = self._allowed(method, asked)
        for entry in self._left_out(method, asked):
            if entry.is_due and remembers:
                parts += await self._asked_again(entry, asked, send)
        for block in blocks:
            try:
                parts.append((block, await send(*block)))
            except ReengenRefusedError as error:
                parts += await self._searched(method, block, error, send, codes, remembers=remembers)
        refused = _missing(asked, [block for block, _ in parts])
        return Answered(parts=tuple(response for _, response in parts), refused=refused)

    def _left_out(self, method: str, asked: Block) -> list[_Entry]:
        return [entry for entry in self._entries if entry.method == method and all(entry.part_of(asked))]

    def _allowed(self, method: str, asked: Block) -> list[Block]:
        """Return the blocks of what is not known to be refused."""
        codes, keys = asked
        if not (entries := self._left_out(method, asked)):
            return [asked]
        codes_by_keys: dict[tuple[str, ...], list[str]] = {}
        for code in codes:
            left = tuple(key for key in keys if not any(entry.covers(code, key) for entry in entries))
            codes_by_keys.setdefault(left, []).append(code)
        return [(tuple(some), left) for left, some in codes_by_keys.items() if left]

    async def _asked_again[T](self, entry: _Entry, asked: Block, send: Send[T]) -> list[tuple[Block, T]]:
        """Ask for what was refused: by itself, so that it holds up nothing else."""
        block = entry.part_of(asked)
        try:
            response = await send(*block)
        except ReengenRefusedError as error:
            entry.words = words_of(error)
            if not entry.is_settled:
                self._drop(entry)
                return await self._searched(entry.method, block, error, send, asked[0])
            # Two requests of one poll may have asked for it.
            if entry.is_due:
                entry.noted_at, entry.pause = dt_util.utcnow(), min(2 * entry.pause, _PAUSE)
            return []
        self._drop(entry)
        return [(block, response)]

    def _drop(self, entry: _Entry) -> None:
        self._entries = [each for each in self._entries if each is not entry]

    async def _searched[T](
        self,
        method: str,
        block: Block,
        refusal: ReengenRefusedError,
        send: Send[T],
        every: Sequence[str],
        *,
        remembers: bool = True,
    ) -> list[tuple[Block, T]]:
        """Return the responses of all that is not refused; one search at a time, as the next may find it done."""
        async with self._searching:
            left = self._allowed(method, block)
            if left == [block]:
                if (listed := await self.listed()) is None:
                    raise refusal
                codes, keys = block
                left = [(tuple(code for code in codes if code in listed), keys)]
            search = RefusalSearch(send, every, MOST_REQUESTS if remembers else MOST_UNREMEMBERED)
            try:
                for part in left:
                    if part == block:
                        await search.split(part, words_of(refusal))
                    else:
                        await search.settle(part)
            except ExhaustedError:
                if remembers:
                    self._note_unsettled(method, left, search, words_of(refusal))
            if remembers:
                pause = _PAUSE if search.responses else _FIRST_PAUSE
                self._entries += [
                    _Entry(method=method, codes=some, keys=those, words=words, pause=pause)
                    for some, those, words in search.refused
                ]
        return search.responses

    def _note_unsettled[T](self, method: str, asked: Sequence[Block], search: RefusalSearch[T], words: str) -> None:
        known = [block for block, _ in search.responses]
        for codes, keys in asked:
            known += [(codes if some is None else tuple(some), those) for some, those, _ in search.refused]
            unsettled: dict[str, set[str]] = {}
            for code, key in _missing((codes, keys), known):
                unsettled.setdefault(key, set()).add(code)
            self._entries += [
                _Entry(
                    method=method,
                    codes=frozenset(some),
                    keys=(key,),
                    words=words,
                    pause=_UNSETTLED_PAUSE,
                    is_settled=False,
                )
                for key, some in unsettled.items()
            ]


def _missing(asked: Block, answered: Sequence[Block]) -> frozenset[tuple[str, str]]:
    """Return the pairs of a block that no response holds."""
    if len(answered) == 1 and answered[0] == asked:
        return frozenset()
    return frozenset(product(*asked)).difference(*(product(*block) for block in answered))
