"""The Reengen Energy IoT Platform API in Python: asyncio and aiohttp, nothing of Home Assistant."""

from .adaptations import MOST_DECIMALS, Adaptations, Label, RangeEnd
from .client import ReengenClient
from .data_series import mostly_odd
from .errors import (
    ReengenAuthenticationError,
    ReengenCertificateError,
    ReengenConnectionError,
    ReengenError,
    ReengenHttpError,
    ReengenOutcomeUnknownError,
    ReengenRateLimitError,
    ReengenRefusedError,
    ReengenRequestError,
    ReengenResponseError,
    ReengenSessionEndedError,
    ReengenSessionError,
    ReengenTimeoutError,
)
from .models import (
    Aggregation,
    Command,
    CommandOption,
    CostGroup,
    CostResponse,
    CostSeries,
    CostTotal,
    DataResponse,
    DataValue,
    DataValueChange,
    ImportRow,
    IncludeTax,
    MeasurementResponse,
    MeasurementSeries,
    Operation,
    ParameterKind,
    Point,
    RawReading,
    Resolution,
)
from .oddities import Listing, Oddities, Oddity, OddityKind, merged_oddities
from .point_tree import PointTree
from .portions import merged, run_parts
from .reading_series import Reading, ReadingSeries
from .redaction import written_forms
from .response_limits import ROW_BUDGET
from .responses import readable
from .retry import RetryPolicy
from .session import IdRefusal
from .standing import Standing
from .transport import ServerTrust, checked_url, is_header_value
from .wire_time import bucket_edges, floor_to_bucket, next_bucket
