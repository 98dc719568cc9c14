"""What happens to the world from outside: points come and go, readings are late, corrected or lost."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from simulator.commands import PlannedCommand, command_row
from simulator.costs import set_tariff
from simulator.growth import grow_point
from simulator.load import SLOT
from simulator.methods import Platform
from simulator.sessions import Account
from simulator.store import Store, insert_points, transaction
from simulator.world import PlannedPoint

FIRST_ADDED_ID: Final = 900_000
# A point that is added has readings of the last days, as a meter that ran before somebody entered it.
ADDED_POINT_HISTORY: Final = timedelta(days=2)


class WorldEdits:
    """Changes of the world of the options' tenant; each is visible to the next request."""

    def __init__(self, platform: Platform) -> None:
        """Edit the world that a platform serves."""
        self.platform = platform

    @property
    def _store(self) -> Store:
        return self.platform.store

    def add_account(
        self, user: str, password: str, *, visible_subtree: str | None = None, read_only: bool = False
    ) -> None:
        """Let another user of the tenant log in."""
        account = Account(
            tenant=self.platform.options.tenant,
            user=user,
            password=password,
            visible_subtree=visible_subtree,
            read_only=read_only,
        )
        self.platform.sessions.accounts.append(account)

    def change_password(self, password: str, user: str | None = None) -> None:
        """Give a user of the tenant (None: the options' own) another password; the user's connection ids die with the old."""
        options, sessions = self.platform.options, self.platform.sessions
        theirs = (options.tenant, user or options.user)
        sessions.accounts[:] = [
            replace(account, password=password) if (account.tenant, account.user) == theirs else account
            for account in sessions.accounts
        ]
        sessions.expire_of(*theirs)

    def add_point(
        self, *, code: str, name: str, parent: str | None, metered: bool = True, given_id: int | None = None
    ) -> int:
        """Add a point and return its id; a metered one has two days of readings and no share in its parent's.

        The id is a new one, or that of a point that is gone.
        """
        store = self._store
        with store.lock, transaction(store.database):
            highest = store.database.execute("SELECT MAX(id) FROM point").fetchone()[0] or 0
            point_id = given_id or max(FIRST_ADDED_ID, highest) + 1
            point = PlannedPoint(
                code=code,
                name=name,
                parent=parent,
                kind="workshop" if metered else "none",
                scale_kw=20.0,
                id=point_id,
                meters=("import", "reactive") if metered else (),
            )
            insert_points(store.database, store.options, [point])
            begin = store.next_slot - int(ADDED_POINT_HISTORY.total_seconds()) // SLOT
            if metered:
                grow_point(store.database, store.options, point_id, begin, store.next_slot)
        return point_id

    def remove_point(self, code: str) -> None:
        """Remove a point with its readings and commands."""
        point_id = self._known(code)
        database = self._store.database
        with self._store.lock, transaction(database):
            database.execute(
                "DELETE FROM sample WHERE series IN (SELECT id FROM series WHERE point_id = ?)", (point_id,)
            )
            for table in ("series", "command", "effect", "hold"):
                database.execute(f"DELETE FROM {table} WHERE point_id = ?", (point_id,))
            database.execute("DELETE FROM point WHERE id = ?", (point_id,))

    def rename_point(self, code: str, new_name: str) -> None:
        """Give a point another name."""
        self._change_point(code, "name", new_name)

    def recode_point(self, code: str, new_code: str) -> None:
        """Give a point another code; its id stays."""
        self._change_point(code, "code", new_code)

    def move_point(self, code: str, parent: str | None) -> None:
        """Hang a point below another code; which meter counts it does not change."""
        self._change_point(code, "parent", parent)

    def _change_point(self, code: str, column: str, value: str | None) -> None:
        point_id = self._known(code)
        with self._store.lock:
            self._store.database.execute(f"UPDATE point SET {column} = ? WHERE id = ?", (value, point_id))

    def add_command(
        self,
        point_code: str,
        code: str,
        *,
        name: str | None = None,
        command_type: str = "NoParameter",
        parameter_type: str | None = None,
        options: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Add a command to a point, or describe one of that code anew; `options` are (code, name)."""
        command = PlannedCommand(
            code=code,
            name=name or code,
            command_type=command_type,
            parameter_type=parameter_type,
            options=tuple((key, label) for key, label in options),
        )
        with self._store.lock:
            self._store.database.execute(
                "INSERT OR REPLACE INTO command VALUES (?, ?, ?, ?, ?, ?)",
                command_row(self._known(point_code), command),
            )

    def remove_command(self, point_code: str, code: str) -> None:
        """Take a command from a point."""
        with self._store.lock:
            self._store.database.execute(
                "DELETE FROM command WHERE point_id = ? AND code = ?", (self._known(point_code), code)
            )

    def set_reading(  # noqa: PLR0917 - the key of a reading, in the order of the platform's own rows
        self,
        point_code: str,
        definition: str,
        variant: str,
        end: datetime,
        value: float | None,
        index: int = 1,
        revealed_at: datetime | None = None,
    ) -> None:
        """Correct, add or (None) delete the reading that ends at an aware instant, in the stored unit.

        Before `revealed_at` the platform tells what it told before. The register of the meter is not corrected.
        """
        store, second = self._store, int(end.timestamp())
        now = int(self.platform.clock.now().timestamp())
        with store.lock, transaction(store.database):
            series = store.series_id(self._known(point_code), definition, variant, index, create=True)
            if revealed_at is not None and revealed_at.timestamp() > now:
                store.database.execute(
                    "INSERT INTO revision VALUES (?, ?, ?, ?)", (series, second, value, int(revealed_at.timestamp()))
                )
            elif series is not None:
                store.put_reading(series, second, value, now)

    def hold_back(self, point_code: str, since: datetime, until: datetime, revealed_at: datetime) -> None:
        """Let a point's readings that end in (since, until] arrive in one burst at `revealed_at`."""
        hold = (self._known(point_code), int(since.timestamp()), int(until.timestamp()), int(revealed_at.timestamp()))
        with self._store.lock, transaction(self._store.database):
            self._store.database.execute("INSERT INTO hold VALUES (?, ?, ?, ?)", hold)
            self._store.apply_hold(*hold)

    def replace_meter(self, point_code: str) -> None:
        """Let the registers of a point begin at zero with the next reading."""
        with self._store.lock:
            self._store.database.execute(
                "UPDATE series SET register = 0 WHERE point_id = ?", (self._known(point_code),)
            )

    def set_tariff(
        self, group: str, price: str | float, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        """Give a cost group another price per kWh, kvarh or m3 for a time; costs of that time change with it."""
        bounds = {}
        if until is not None:
            bounds["end"] = int(until.timestamp())
        with self._store.lock, transaction(self._store.database):
            set_tariff(self._store, group, str(price), 0 if since is None else int(since.timestamp()), **bounds)

    def _known(self, code: str) -> int:
        point_id = self._store.point_id(code)
        if point_id is None:
            raise ValueError(f"there is no point {code!r}")
        return point_id
