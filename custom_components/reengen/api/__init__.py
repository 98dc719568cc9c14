"""The Reengen Energy IoT Platform API in Python: asyncio and aiohttp, nothing of Home Assistant."""

from .client import ReengenClient
from .errors import (
    ReengenAnswerError,
    ReengenAuthenticationError,
    ReengenCertificateError,
    ReengenConnectionError,
    ReengenError,
    ReengenHttpError,
    ReengenOutcomeUnknownError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenRequestError,
    ReengenSessionError,
    ReengenTimeoutError,
)
from .models import (
    Aggregation,
    Command,
    CommandOption,
    CostAnswer,
    CostGroup,
    CostSeries,
    CostTotal,
    DataValue,
    DataValueChange,
    ImportRow,
    IncludeTax,
    MeasurementAnswer,
    MeasurementSeries,
    Operation,
    ParameterKind,
    Point,
    RawReading,
    RequestType,
    Resolution,
)
from .names import readable
from .oddities import Listing, Oddities, Oddity, OddityKind, merged_oddities, mostly_odd
from .parts import run_parts
from .point_tree import PointTree
from .reading_series import Reading, ReadingSeries
from .retry import RetryPolicy
from .row_budget import ROW_BUDGET
from .session import RequestCounters
from .standing import Standing
from .transport import ServerTrust
from .wire_time import bucket_edges, floor_to_bucket, next_bucket

__all__ = [
    "ROW_BUDGET",
    "Aggregation",
    "Command",
    "CommandOption",
    "CostAnswer",
    "CostGroup",
    "CostSeries",
    "CostTotal",
    "DataValue",
    "DataValueChange",
    "ImportRow",
    "IncludeTax",
    "Listing",
    "MeasurementAnswer",
    "MeasurementSeries",
    "Oddities",
    "Oddity",
    "OddityKind",
    "Operation",
    "ParameterKind",
    "Point",
    "PointTree",
    "RawReading",
    "Reading",
    "ReadingSeries",
    "ReengenAnswerError",
    "ReengenAuthenticationError",
    "ReengenCertificateError",
    "ReengenClient",
    "ReengenConnectionError",
    "ReengenError",
    "ReengenHttpError",
    "ReengenOutcomeUnknownError",
    "ReengenRateLimitError",
    "ReengenRefusedError",
    "ReengenRequestError",
    "ReengenSessionError",
    "ReengenTimeoutError",
    "RequestCounters",
    "RequestType",
    "Resolution",
    "RetryPolicy",
    "ServerTrust",
    "Standing",
    "bucket_edges",
    "floor_to_bucket",
    "merged_oddities",
    "mostly_odd",
    "next_bucket",
    "readable",
    "run_parts",
]
