"""What of a refused request is refused: found by halving, while the responses of all else are kept; pure planning."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
import random
from typing import Final

from custom_components.reengen.api import ReengenRefusedError

# One refused part of 1 000 points and 4 series takes some 15 requests to find, so this is enough for four of them.
MOST_REQUESTS: Final = 64

# A search whose result is not remembered comes back: it may take as many as find one part.
MOST_UNREMEMBERED: Final = 24

# A series that so many points, taken by chance, are refused in is taken for refused at all points.
_POINTS_SAMPLED: Final = 4

type Block = tuple[tuple[str, ...], tuple[str, ...]]
"""Codes of points and keys of series: each of these points in each of these series."""

type Send[T] = Callable[[Sequence[str], Sequence[str]], Awaitable[T]]
"""Asks for points (codes) and series (keys); raises ReengenRefusedError where the platform refuses them."""

_POINTS: Final = 0
_SERIES: Final = 1


class ExhaustedError(Exception):
    """The search may make no further request."""


@dataclass(slots=True)
class RefusalSearch[T]:
    """Halves what was refused until single parts are left, by `requests_left` requests at most.

    `every` are the codes of all points that are asked for. `responses` are the blocks that were answered, `refused` the
    codes (None for every point of the account), the keys and the platform's words of what is refused.
    """

    send: Send[T]
    every: Collection[str]
    requests_left: int
    responses: list[tuple[Block, T]] = field(default_factory=list)
    refused: list[tuple[frozenset[str] | None, tuple[str, ...], str]] = field(default_factory=list)
    _culprits: set[str] = field(default_factory=set)

    async def settle(self, block: Block) -> None:
        """Ask for a block and, where it is refused, for its parts. Raises: ReengenError of `send`; ExhaustedError."""
        if all(block) and (words := await self._ask(block)) is not None:
            await self.split(block, words)

    async def split(self, block: Block, words: str) -> None:
        """Find what of a block that was refused in these words is refused: series first, then the points of each.

        There are few series, and mostly one of them is refused at all points. Raises as `settle`.
        """
        codes, keys = block
        refused: str | None = words
        while codes and keys and refused is not None:
            key, keys, words = await self._narrowed((codes, keys), _SERIES, refused)
            culprits = {} if key is None else await self._points_refused(codes, key, words)
            for code, said in culprits.items():
                await self._split_point(code, keys, said)
            codes = tuple(code for code in codes if code not in culprits)
            refused = await self._ask((codes, keys)) if codes and keys else None

    async def _ask(self, block: Block) -> str | None:
        """Return None where the block was answered, else the words of the refusal."""
        if not self.requests_left:
            raise ExhaustedError
        self.requests_left -= 1
        try:
            self.responses.append((block, await self.send(*block)))
        except ReengenRefusedError as error:
            return words_of(error)
        return None

    async def _split_point(self, code: str, keys: tuple[str, ...], words: str) -> None:
        """Settle the other series of a point that is refused in one; refused in the same words, it is the point."""
        if not keys:
            return
        found = await self._ask(((code,), keys))
        if found == words:
            self.refused.append((frozenset({code}), keys, words))
        elif found is not None:
            await self.split(((code,), keys), found)

    async def _points_refused(self, codes: tuple[str, ...], key: str, words: str) -> dict[str, str]:
        """Note which points are refused in a series, and return them with the words; none where all are."""
        found: dict[str, str] = {}
        if len(codes) == 1:
            self._found(found, codes[0], key, words)
            return found
        answered: str | None = None
        for code in random.Random(len(codes)).sample(codes, min(len(codes), _POINTS_SAMPLED)):  # noqa: S311
            said = await self._ask(((code,), (key,)))
            if said is None:
                answered = code
                break
            found[code] = said
        if answered is None:
            are_all = self._culprits.union(codes).issuperset(self.every)
            self.refused.append((None if are_all else frozenset(codes), (key,), words))
            return {}
        for code, said in found.items():
            self._found(found, code, key, said)
        rest = tuple(code for code in codes if code not in found and code != answered)
        # Where the first by chance was answered, one of the others must be refused, if the refusal was not a passing one.
        is_refused, is_proven = (True, False) if not found else (await self._is_refused(rest, key), True)
        while is_refused:
            culprit, rest, words = await self._narrowed((rest, (key,)), _POINTS, words, is_proven=is_proven)
            is_proven = True
            if culprit is not None:
                self._found(found, culprit, key, words)
            is_refused = await self._is_refused(rest, key)
        return found

    def _found(self, found: dict[str, str], code: str, key: str, words: str) -> None:
        """Note a point at once: the search may end before the next."""
        found[code] = words
        self._culprits.add(code)
        self.refused.append((frozenset({code}), (key,), words))

    async def _is_refused(self, codes: tuple[str, ...], key: str) -> bool:
        return bool(codes) and await self._ask((codes, (key,))) is not None

    async def _narrowed(
        self, block: Block, axis: int, words: str, *, is_proven: bool = True
    ) -> tuple[str | None, tuple[str, ...], str]:
        """Return a point (or series) of a refused block that is refused, those not asked for, and the words.

        The first is None where each half was answered by itself. `is_proven` is False where the block itself was not
        asked for.
        """
        items = block[axis]
        untested: tuple[str, ...] = ()
        while len(items) > 1:
            half = len(items) // 2
            said = await self._ask(_with(block, axis, items[:half]))
            is_proven = said is not None
            if said is None:
                items = items[half:]
            else:
                items, untested, words = items[:half], items[half:] + untested, said
        if is_proven:
            return items[0], untested, words
        said = await self._ask(_with(block, axis, items))
        return (None, untested, words) if said is None else (items[0], untested, said)


def _with(block: Block, axis: int, items: tuple[str, ...]) -> Block:
    codes, keys = block
    return (items, keys) if axis == _POINTS else (codes, items)


def words_of(error: ReengenRefusedError) -> str:
    """Return what the platform said, or that it gave no reason."""
    return error.server_message or str(error)
