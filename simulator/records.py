"""What the platform remembers of what was asked of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(kw_only=True)
class RequestRecord:
    """One request as it arrived, and how it ended.

    `body` has the password replaced; `rows` is the number of rows answered; `status` stays None when the
    connection ended without a response. `session` numbers the connection id without telling it.
    """

    method: str | None
    at: datetime
    body: Any
    connection_id: str | None = field(default=None, repr=False)
    session: int | None = None
    xlang: str | None = None
    rows: int | None = None
    fault: str | None = None
    status: int | None = None


@dataclass(frozen=True, kw_only=True)
class ExecutionRecord:
    """One command that really ran."""

    point_code: str
    command: str
    parameter: Any
    at: datetime


@dataclass(frozen=True, kw_only=True)
class WriteRecord:
    """One row that ImportData or ManageDCData really applied; `date` is the naive stamp of the tenant's wall clock."""

    method: str
    operation: str
    point: str
    at: datetime
    value: Any
    type: str
    definition: str | None = None
    variant: str | None = None
    index: int | None = None
    date: str | None = None
    tenant: str | None = None
