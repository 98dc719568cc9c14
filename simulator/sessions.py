"""Accounts and connection ids (API document: Authenticate)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
import secrets
from typing import Any
import uuid

from simulator.checks import text
from simulator.profile import Profile


class SessionRefused(Exception):  # noqa: N818 - the platform's word for it
    """The connection id is missing, unknown or dead; the profile says how that is told."""


class CredentialsRefused(Exception):  # noqa: N818 - the platform's word for it
    """Tenant, user and password do not belong together, or the account is locked."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who may log in, and what they may see and do there."""

    tenant: str
    user: str
    password: str = field(repr=False)
    visible_subtree: str | None = None
    read_only: bool = False


@dataclass(kw_only=True)
class Session:
    """One live connection id; `number` names it where the id itself must not be told."""

    account: Account
    number: int
    opened: datetime
    last_used: datetime
    requests: int = 0


class Sessions:
    """The accounts of all tenants and the connection ids that live."""

    def __init__(self, profile: Profile, accounts: list[Account]) -> None:
        """Begin without any connection."""
        self.accounts = accounts
        self._profile = profile
        self._live: dict[str, Session] = {}
        self._opened = 0
        self._failures: Counter[tuple[str, str]] = Counter()

    def open(self, properties: dict[str, Any], now: datetime) -> str:
        """Return a new connection id; older ones live on. Raises Refused or CredentialsRefused."""
        tenant, user, password = (text(properties, key) for key in ("tenant", "user", "password"))
        limit = self._profile.lock_out_after
        if limit is not None and self._failures[tenant, user] >= limit:
            raise CredentialsRefused("The account is locked after too many failed attempts")
        for account in self.accounts:
            if (account.tenant, account.user) == (tenant, user) and secrets.compare_digest(
                account.password.encode(), password.encode()
            ):
                self._failures[tenant, user] = 0
                return self._new(account, now)
        self._failures[tenant, user] += 1
        raise CredentialsRefused("Tenant, user or password is not correct")

    def _new(self, account: Account, now: datetime) -> str:
        self._opened += 1
        connection_id = str(uuid.uuid4())
        self._live[connection_id] = Session(account=account, number=self._opened, opened=now, last_used=now)
        return connection_id

    def use(self, connection_id: str | None, now: datetime) -> Session:
        """Return the session of a live id and count this use of it; raises SessionRefused."""
        session = self._live.get(connection_id or "")
        if session is None or self._profile.always_expired or self._is_used_up(session, now):
            self.expire(connection_id)
            raise SessionRefused
        session.requests += 1
        session.last_used = now
        return session

    def number(self, connection_id: str | None) -> int | None:
        """Return the number of a live id."""
        session = self._live.get(connection_id or "")
        return None if session is None else session.number

    def expire(self, connection_id: str | None) -> None:
        """Let one id die."""
        self._live.pop(connection_id or "", None)

    def expire_of(self, tenant: str, user: str) -> None:
        """Let every id of a user die."""
        self._live = {
            key: session
            for key, session in self._live.items()
            if (session.account.tenant, session.account.user) != (tenant, user)
        }

    def expire_all(self) -> None:
        """Let every id die, as a restart of the platform does."""
        self._live.clear()

    def _is_used_up(self, session: Session, now: datetime) -> bool:
        profile = self._profile
        limits = (
            (profile.session_idle_seconds, (now - session.last_used).total_seconds()),
            (profile.session_max_seconds, (now - session.opened).total_seconds()),
            (profile.session_max_requests, session.requests + 1),
        )
        return any(limit is not None and used > limit for limit, used in limits)


def other_accounts(tenant: str, user: str, password: str, other_tenant: str) -> list[Account]:
    """Return the account of the options, a guest who sees a part and may not write, and one of another tenant."""
    return [
        Account(tenant=tenant, user=user, password=password),
        Account(
            tenant=tenant,
            user="guest",
            password="guest-password",  # noqa: S106 - a made-up account
            visible_subtree="xFabrikaTrafo1",
            read_only=True,
        ),
        Account(tenant=other_tenant, user=user, password=password),
    ]
