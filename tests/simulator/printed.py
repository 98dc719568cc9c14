"""Requests and responses as the API document prints them, and the shape of a response."""

import json
from typing import Any, Final

AUTHENTICATE: Final = (
    '{"$": "Authenticate", "properties": {"tenant": "xyz", "user": "demo", "password": "demo-password"}}'
)
AUTHENTICATED: Final = """
{"properties": {"connectionId": "c04e229f-7d43-4936-823a-30b8f7706ef6"},
 "succeeded": true, "message": null, "statistics": {}}"""

HIERARCHY: Final = '{"$": "GetPointHierarchy"}'
HIERARCHY_ENTRIES: Final = """[
["All", {"parent": null, "code": null, "name": null, "id": null}],
["Transformer 6", {"parent": "xFabrikaFabrika", "code": "xFabrikaTrafo6", "name": "Transformer 6", "id": 12768,
  "startingDate": null}],
["Storage", {"parent": "xfabrikaImalathane", "code": "xFabrikaDepo", "name": "Storage", "id": 12747,
  "startingDate": null}],
["Mechanical Workshop", {"parent": "xfabrikaArge", "code": "xFabrikademoAtolye", "name": "Mechanical Workshop",
  "id": 12755, "startingDate": null}]]"""

GET_DATA: Final = """
{"$": "GetData", "properties": {
  "series": [
    {"definition": "activeEnergy", "variant": "import", "type": "actual", "xFunction": "sum", "unit": "kWh",
     "decimalPoints": 2},
    {"definition": "reactiveEnergy", "variant": "import", "type": "actual", "xFunction": "avg", "unit": "VArh",
     "decimalPoints": 2}],
  "point": ["xFabrikaTrafo6"], "start": "2020-01-20T00:00:00", "end": "2020-01-23T23:59:59",
  "break": {"type": "point"}, "resolution": "day"}}"""
GOT_DATA: Final = """
{"properties": {"data": {
  "0": [["2020-01-20T00:00:00", 12768, 2318.14], ["2020-01-21T00:00:00", 12768, 4367.47],
        ["2020-01-22T00:00:00", 12768, 2541.11], ["2020-01-23T00:00:00", 12768, 2468.10]],
  "1": [["2020-01-20T00:00:00", 12768, 747.97], ["2020-01-21T00:00:00", 12768, 493.56],
        ["2020-01-22T00:00:00", 12768, 179.09], ["2020-01-23T00:00:00", 12768, 229.92]]},
  "start": "2020-01-20T00:00:00", "end": "2020-01-23T23:59:59"},
 "succeeded": true, "message": null, "statistics": {}}"""

GET_COST: Final = """
{"$": "GetData", "properties": {
  "series": [{"calculator": "cost", "type": "actual", "selection": "own", "utility": "electricity",
    "decimalPoints": 0, "group": "activeEnergyCost", "includeTax": "None"}],
  "point": null, "start": "2020-03-01T00:00:00", "end": "2020-03-31T23:59:59", "break": {"type": "point"}}}"""
GOT_COST: Final = """
{"properties": {"data": {"0": [[10644, 235354], [10731, 264339], [11512, 168603]]},
  "start": "2020-03-01T00:00:00", "end": "2020-03-31T23:59:59"},
 "succeeded": true, "message": null, "statistics": {}}"""

LIST_DATA: Final = """
{"$": "ListDataEx", "properties": {
  "requestType": "code", "point": ["xyzBesiktas"], "definition": ["activeEnergy"], "variant": ["import", "export"],
  "type": ["actual"],
  "properties": ["point.code", "definition.code", "variant.code", "index", "type.code", "date",
    "definition.unit.code", "value", "original", "note"],
  "start": "2021-02-25T00:00:00", "end": "2021-02-25T23:59:59"}}"""
LISTED_DATA: Final = """
{"properties": {"data": [
  {"date": "2021-02-25T00:04:59", "definition.code": "activeEnergy", "note": null, "original": 282052078.00,
   "point.code": "xyzBesiktas", "index": 1, "type.code": "actual", "value": 237.00, "variant.code": "import",
   "definition.unit.code": "Wh"}], "rowCount": 3},
 "succeeded": true, "message": null, "statistics": {}}"""

IMPORT_DATA: Final = """
{"$": "ImportData", "properties": {"data": [
  {"point": "reengenPoint", "definition": "activeEnergy", "variant": "import", "index": 1, "value": 121,
   "type": "actual", "date": "2020-12-23T10:16:26"},
  {"#": "C", "point": "reengenPoint", "definition": "activeEnergy", "variant": "import", "index": 1, "value": 121,
   "type": "actual", "date": "2020-12-23T10:17:26"},
  {"#": "D", "point": "reengenPoint", "definition": "activeEnergy", "variant": "import", "index": 1, "value": 121,
   "type": "actual", "date": "2020-12-23T10:17:26"}]}}"""
IMPORTED_DATA: Final = '{"succeeded": true, "message": null, "statistics": {}}'

GET_DC_DATA: Final = """
{"$": "GetDCData", "properties": {"point": ["xyzBesiktas"], "type": "test", "tenant": "xyz"}, "cache": null}"""
MANAGE_DC_DATA: Final = """
{"$": "ManageDCData", "properties": {"data": [
  {"point": "xyzBesiktas", "type": "test", "tenant": "xyz", "value": "3", "#": "CU"}]}}"""
DC_DATA: Final = """
{"properties": {"data": [{"tenant": "xyz", "point": "xyzBesiktas", "type": "test", "value": "3"}]},
 "succeeded": true, "message": null, "statistics": {}}"""

LIST_COMMANDS: Final = '{"$": "ListAvailableCommands", "properties": {"point": "xFabrikaTrafo6"}}'
LISTED_COMMANDS: Final = """
{"properties": {"data": [
  {"parameterType": "boolean", "commandType": "SingleParameter", "code": "lights-on-off",
   "name": "Turn Lights On/Off"},
  {"commandType": "MultiOption", "code": "generator-mode-set", "name": "Set Generator Mode", "options": [
    {"code": "on", "name": "On"}, {"code": "off", "name": "Off"}, {"code": "auto", "name": "Auto"}]}]},
 "succeeded": true, "message": null, "statistics": {}}"""
EXECUTE: Final = """
{"$": "ExecuteCommand", "properties": {"point": "xFabrikaTrafo6", "command": "lights-on-off", "parameter": true}}"""
EXECUTED: Final = '{"properties": {}, "succeeded": true, "statistics": {}}'
NOT_EXECUTED: Final = """
{"properties": {}, "succeeded": false, "message": "SocketTimeoutException: connect timed out", "statistics": {}}"""


def shape(value: Any) -> Any:
    """Return the skeleton of a JSON value: keys in their order, types, and the shapes that a list's rows have."""
    if isinstance(value, dict):
        return [(key, shape(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        shapes = [shape(inner) for inner in value]
        rows_alike = bool(shapes) and isinstance(value[0], (dict, list))
        return ["rows", *sorted({json.dumps(row) for row in shapes})] if rows_alike else shapes
    return type(value).__name__
