"""The points of an account: which there are, which are chosen, and what their coordinators, devices and entities share."""

from .choice import TickedChoice
from .coordinator import ChosenPointsCoordinator, PointsCoordinator, PointsData, ReengenCoordinator, account_store
from .devices import async_register_devices_in_slices, register_devices, register_point
from .entity import EntityAdder, PendingEntity, PointRow, ReengenPointEntity, ReengenRowBinarySensor, ReengenRowSensor
from .entity_cap import ENTITY_CAP, ReengenAccountEntity, ReengenEntity, async_report_entity_cap, fits_state, room
from .entity_queue import EntityQueue, Rank, async_remove_in_slices
from .identity import HomeClient, replaced_points
from .ids import (
    COMMANDS_KEY,
    SENSOR_ENDINGS,
    account_identifier,
    account_unique_id,
    catalogue_key,
    command_key,
    data_value_key,
    point_entities,
    point_id_of,
    point_identifier,
    point_unique_id,
)
from .named import account_of_device, async_points_named, code_of_device
from .oddities import OddityLog
from .picker import chosen_points, gone_options, nearest_chosen_ancestor, point_options, preselected_points
from .refusal_search import Send
from .refused import RefusedParts
from .unticked import SensorKeys, async_remove_taken_out
