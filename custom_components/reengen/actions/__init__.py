"""What the actions share: fields, responses, what became of written rows."""

from . import responses, schemas
from .stored_units import converted, stored_unit
from .write_results import Result, Written, async_import_data, async_manage_dc_data
