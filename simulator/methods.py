"""The nine methods, from a checked request to the payload of its response; knows nothing of HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
import re
from typing import Any, Final

from simulator.checks import Refused, TooMuch, text
from simulator.clock import Clock
from simulator.commands import check_parameter, list_commands, take_effect
from simulator.dc_data import get_dc_data, manage_dc_data
from simulator.options import WorldOptions
from simulator.profile import Profile
from simulator.raw_data import import_data
from simulator.reads import Caller, get_data, list_data_ex
from simulator.records import ExecutionRecord, WriteRecord
from simulator.sessions import Account, CredentialsRefused, SessionRefused, Sessions, other_accounts
from simulator.store import Store, open_store, transaction
from simulator.world import other_tenant_points

type Payload = dict[str, Any]

OTHER_TENANT: Final = "abc"
# What the switch `session_refusal` says: the status, where no other is set.
CREDENTIALS_STATUS: Final = {"200-false": 200, "401-json": 401, "500-json": 500}
SESSION_STATUS: Final = {"200-false": 200, "401-json": 401, "403-html": 403, "page": 200}
SESSION_PAGE: Final = "<!DOCTYPE html><html><body><p>{}</p></body></html>"
TOO_MUCH_PAGE: Final = "<!DOCTYPE html><html><body><h1>413 Request Entity Too Large</h1></body></html>"
LOGIN_PAGE: Final = "<!DOCTYPE html><html><head><title>Login</title></head><body><h1>Please log in</h1></body></html>"
_XLANG: Final = re.compile(r"[a-zA-Z-]{2,8},(.+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What goes out: a payload as JSON or a page."""

    payload: Payload | None = None
    page: str | None = None
    status: int = 200


def success(properties: Payload | None) -> Payload:
    """Return the envelope of a success; without `properties` for None (API document: ImportData)."""
    payload = {} if properties is None else {"properties": properties}
    return {**payload, "succeeded": True, "message": None, "statistics": {}}


def failure(message: str | None) -> Payload:
    """Return the envelope of a failure (API document: ExecuteCommand, Error Response)."""
    return {"properties": {}, "succeeded": False, "message": message, "statistics": {}}


class Platform:
    """One running platform: worlds, clock, sessions, and the lists of what was really done."""

    def __init__(self, options: WorldOptions, store: Store, clock: Clock, profile: Profile) -> None:
        """Serve a store as the options' tenant, and a small second tenant beside it."""
        self.options = options
        self.store = store
        self.clock = clock
        self.profile = profile
        self.sessions = Sessions(profile, other_accounts(options.tenant, options.user, options.password, OTHER_TENANT))
        self._refused_ids = 0
        self.executions: list[ExecutionRecord] = []
        self.writes: list[WriteRecord] = []
        self._stores = {options.tenant: store}
        self._methods: dict[str, Callable[[Caller, Payload], Payload]] = {
            "GetPointHierarchy": self._get_point_hierarchy,
            "GetData": self._get_data,
            "ListDataEx": self._list_data_ex,
            "ImportData": self._import_data,
            "GetDCData": self._get_dc_data,
            "ManageDCData": self._manage_dc_data,
            "ListAvailableCommands": self._list_available_commands,
            "ExecuteCommand": self._execute_command,
        }

    def answer(self, body: Any, connection_id: str | None, xlang: str | None) -> Reply:
        """Return the reply to one request body; blocks while SQLite works."""
        try:
            return Reply(payload=self._answer(body, connection_id, xlang))
        except Refused as refusal:
            return Reply(payload=failure(str(refusal)))
        except TooMuch:
            return Reply(page=TOO_MUCH_PAGE, status=413)
        except CredentialsRefused as refusal:
            return Reply(payload=failure(str(refusal)), status=CREDENTIALS_STATUS[self.profile.wrong_credentials])
        except SessionRefused:
            return self._session_refusal(connection_id)

    def _session_refusal(self, connection_id: str | None) -> Reply:
        form, message = self.profile.session_refusal, self.profile.session_message
        status = self.profile.session_status or SESSION_STATUS[form]
        self._refused_ids += 1
        told = {"{id}": connection_id or "", "{time}": self.clock.now().isoformat(), "{number}": str(self._refused_ids)}
        for name, value in told.items():
            message = message and message.replace(name, value)
        if form == "403-html":
            return Reply(page=LOGIN_PAGE, status=status)
        if form == "page":
            return Reply(page=SESSION_PAGE.format(message or ""), status=status)
        return Reply(payload=failure(message), status=status)

    def close(self) -> None:
        """Close every database."""
        for store in self._stores.values():
            store.database.close()

    def _answer(self, body: Any, connection_id: str | None, xlang: str | None) -> Payload:
        if not isinstance(body, dict):
            raise Refused("The request must be a JSON object")
        method = text(body, "$")
        if method != "Authenticate" and method not in self._methods:
            raise Refused(f"Unknown method '{method}'")
        if method == "Authenticate":
            connection_id = self.sessions.open(_properties(body), self.clock.now())
            return success({"connectionId": connection_id})
        session = self.sessions.use(connection_id, self.clock.now())
        store = self._store_of(self._tenant(session.account, xlang))
        with store.lock:
            store.grow_to(self.clock.now())
            caller = self._caller(session.account, store)
            properties = {} if method == "GetPointHierarchy" else _properties(body)
            return self._methods[method](caller, properties)

    def _tenant(self, account: Account, xlang: str | None) -> str:
        """Return whose data is answered; the document demands the header, the profile what happens without."""
        named = _XLANG.fullmatch(xlang or "")
        if self.profile.xlang == "dangerous" and named and named[1] in {a.tenant for a in self.sessions.accounts}:
            return named[1]
        if self.profile.xlang != "lenient" and named is None:
            raise Refused("Header XLang must be '<language>,<tenant>'")
        if self.profile.xlang == "strict" and named is not None and named[1] != account.tenant:
            raise Refused(f"Header XLang names tenant '{named[1]}', which is not the tenant of this connection")
        return account.tenant

    def _store_of(self, tenant: str) -> Store:
        if tenant not in self._stores:
            now = self.clock.now()
            options = replace(
                self.options, tenant=tenant, seed=self.options.seed + 1, start=now - timedelta(days=3), points=8
            )
            self._stores[tenant] = open_store(options, ":memory:", now, other_tenant_points())
        return self._stores[tenant]

    def _caller(self, account: Account, store: Store) -> Caller:
        top = self.profile.visible_subtree or account.visible_subtree
        rows = store.database.execute("SELECT code, id, parent FROM point ORDER BY id_order").fetchall()
        visible = {code: point_id for code, point_id, _ in rows}
        if top is not None:
            inside = _subtree(top, [(code, parent) for code, _, parent in rows])
            visible = {code: point_id for code, point_id in visible.items() if code in inside}
        may_write = not (account.read_only or self.profile.read_only)
        return Caller(account=account, store=store, visible=visible, may_write=may_write)

    def _get_point_hierarchy(self, caller: Caller, _: Payload) -> Payload:
        root = ["All", {"parent": None, "code": None, "name": None, "id": None}]
        rows = caller.store.database.execute(
            "SELECT name, parent, code, id, starting_date FROM point ORDER BY id_order"
        ).fetchall()
        points = [
            [name, {"parent": parent, "code": code, "name": name, "id": point_id, "startingDate": starting_date}]
            for name, parent, code, point_id, starting_date in rows
            if code in caller.visible
        ]
        return success({"data": [root, *points]})

    def _get_data(self, caller: Caller, properties: Payload) -> Payload:
        return success(get_data(caller, properties, self.profile, self._second()))

    def _list_data_ex(self, caller: Caller, properties: Payload) -> Payload:
        return success(list_data_ex(caller, properties, self.profile, self._second()))

    def _second(self) -> int:
        return int(self.clock.now().timestamp())

    def _import_data(self, caller: Caller, properties: Payload) -> Payload:
        _demand_write(caller)
        writes, reason = import_data(caller.store, caller.visible, properties, self.clock.now(), self.profile)
        self.writes += writes
        if reason is not None:
            raise Refused(reason)
        return success(None)

    def _get_dc_data(self, caller: Caller, properties: Payload) -> Payload:
        return success({"data": get_dc_data(caller.store, caller.visible, caller.store.options.tenant, properties)})

    def _manage_dc_data(self, caller: Caller, properties: Payload) -> Payload:
        _demand_write(caller)
        tenant = caller.store.options.tenant
        rows, writes = manage_dc_data(caller.store, caller.visible, tenant, properties, self.clock.now())
        self.writes += writes
        return success({"data": rows})

    def _list_available_commands(self, caller: Caller, properties: Payload) -> Payload:
        _, point_id = _one_point(caller, properties)
        return success({"data": list_commands(caller.store.database, point_id)})

    def _execute_command(self, caller: Caller, properties: Payload) -> Payload:
        _demand_write(caller)
        code, point_id = _one_point(caller, properties)
        wanted = text(properties, "command")
        commands = {command["code"]: command for command in list_commands(caller.store.database, point_id)}
        if wanted not in commands:
            raise Refused(f"Point '{code}' has no command '{wanted}'")
        check_parameter(commands[wanted], properties)
        now = self.clock.now()
        parameter = properties.get("parameter")
        with transaction(caller.store.database):
            take_effect(caller.store.database, point_id, wanted, parameter, int(now.timestamp()))
        self.executions.append(ExecutionRecord(point_code=code, command=wanted, parameter=parameter, at=now))
        return {"properties": {}, "succeeded": True, "statistics": {}}


def _properties(body: Payload) -> Payload:
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise Refused("'properties' must be an object")
    return properties


def _demand_write(caller: Caller) -> None:
    if not caller.may_write:
        raise Refused(f"User '{caller.account.user}' has no permission to do this")


def _one_point(caller: Caller, properties: Payload) -> tuple[str, int]:
    """Return code and id of a point given by a single code or id (API document: ListAvailableCommands)."""
    wanted = properties.get("point")
    if isinstance(wanted, bool) or not isinstance(wanted, str | int):
        raise Refused("'point' must be one code or id")
    for code, point_id in caller.visible.items():
        if wanted == (code if isinstance(wanted, str) else point_id):
            return code, point_id
    raise Refused(f"Unknown point '{wanted}'")


def _subtree(top: str, rows: list[tuple[str, str | None]]) -> set[str]:
    """Return the codes at and below a point; a parent's spelling may differ in case."""
    inside = {top.casefold()}
    found: set[str] = set()
    grown = True
    while grown:
        added = {code for code, parent in rows if code.casefold() in inside or (parent or "").casefold() in inside}
        grown = added != found
        found = added
        inside |= {code.casefold() for code in found}
    return found
