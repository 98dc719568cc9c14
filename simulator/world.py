"""The site tree: a factory in Istanbul, and as many generated buildings as are asked for.

Codes, names and ids of the points that the API document prints are its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Meter:
    """One series that a point can have: definition and variant as the platform spells them, and its indices."""

    definition: str
    variant: str
    indices: tuple[int, ...] = (1,)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedPoint:
    """A point before it has readings.

    `kind` and `scale_kw` shape its own load, `feeder` is the code of the point whose meter also counts it,
    `parent` is only what the hierarchy says.
    """

    code: str
    name: str
    parent: str | None
    kind: str
    scale_kw: float = 0.0
    feeder: str | None = None
    id: int | None = None
    meters: tuple[str, ...] = ("import",)
    starting_date: str | None = None
    extra: bool = False


METERS: Final = {
    "import": Meter(definition="activeEnergy", variant="import"),
    "export": Meter(definition="activeEnergy", variant="export"),
    "produced": Meter(definition="activeEnergy", variant="produced"),
    "reactive": Meter(definition="reactiveEnergy", variant="import"),
    "reactive_export": Meter(definition="reactiveEnergy", variant="export"),
    "inductive": Meter(definition="inductiveReactiveEnergy", variant="import"),
    "capacitive": Meter(definition="capacitiveEnergy", variant="export"),
    "power": Meter(definition="activePower", variant="phase", indices=(1, 2, 3)),
    "one_power": Meter(definition="activePower", variant="phase"),
    "voltage": Meter(definition="voltage", variant="phase", indices=(1, 2, 3)),
    "current": Meter(definition="current", variant="phase", indices=(1, 2, 3)),
    "temperature": Meter(definition="temperature", variant="indoor"),
    "water": Meter(definition="water", variant="import"),
    "gas": Meter(definition="gas", variant="import"),
    "medicalGas": Meter(definition="medicalGas", variant="import"),
}
LEVELS: Final = frozenset({"activePower", "voltage", "current", "temperature"})
STORED_UNITS: Final = {
    "activeEnergy": "Wh",
    "reactiveEnergy": "VArh",
    "capacitiveEnergy": "VArh",
    "inductiveReactiveEnergy": "VArh",
    "activePower": "W",
    "voltage": "V",
    "current": "A",
    "temperature": "degC",
    "water": "L",
    "gas": "L",
    "medicalGas": "L",
}
VARIANTS: Final = frozenset({"import", "export", "produced", "phase", "indoor"})

_REACTIVE: Final = ("import", "reactive", "capacitive")
_TRANSFORMER: Final = (*_REACTIVE, "reactive_export", "inductive")
_PHASES: Final = ("power", "voltage", "current")
_SITE: Final = "xFabrikaFabrika"


def _fed(code: str, name: str, parent: str, kind: str, scale_kw: float, *meters: str) -> PlannedPoint:
    return PlannedPoint(
        code=f"xFabrika{code}",
        name=name,
        parent=f"xFabrika{parent}",
        kind=kind,
        scale_kw=scale_kw,
        feeder=f"xFabrika{parent}",
        meters=meters or ("import",),
    )


def _transformer(number: int, *, name: str | None = None, scale_kw: float = 3.0, kind: str = "losses") -> PlannedPoint:
    meters = _TRANSFORMER + (_PHASES if number in (1, 6) else ())
    return _fed(f"Trafo{number}", name or f"Trafo {number}", "Fabrika", kind, scale_kw, *meters)


def _alone(code: str, name: str, parent: str | None, kind: str, scale_kw: float, *meters: str) -> PlannedPoint:
    return PlannedPoint(code=code, name=name, parent=parent, kind=kind, scale_kw=scale_kw, meters=meters)


# Parents stand before their children, and what the document prints stands early, so that a small world has it.
_SITE_POINTS: Final = (
    PlannedPoint(
        code=_SITE,
        name="X Fabrika",
        parent=None,
        kind="losses",
        scale_kw=9.0,
        id=11512,
        meters=(*_TRANSFORMER, "export", *_PHASES),
        starting_date="2019-05-01T00:00:00",
    ),
    replace(_transformer(6, name="Transformer 6", scale_kw=190.0, kind="lighting"), id=12768),
    _transformer(1),
    _fed("Imalathane", "İmalathane", "Trafo1", "losses", 6.0, *_REACTIVE),
    replace(_fed("Depo", "Storage", "Imalathane", "storage", 22.0), id=12747, parent="xfabrikaImalathane"),
    _transformer(2),
    _fed("Arge", "Ar-Ge Binası", "Trafo2", "losses", 4.0, *_REACTIVE),
    replace(_fed("demoAtolye", "Mechanical Workshop", "Arge", "workshop", 48.0), id=12755, parent="xfabrikaArge"),
    replace(_alone("xyzBesiktas", "Beşiktaş Şubesi", None, "shop", 18.0, "import", "export"), id=10644),
    _alone("reengenPoint", "Test Noktası", None, "none", 0.0),
    _alone("xFabrikaCatiGes", "Çatı GES", _SITE, "solar", 420.0, "produced"),
    _transformer(3),
    _fed("BasincliHava", "Basınçlı Hava", "Trafo3", "losses", 2.0, *_REACTIVE),
    _fed("Kompresor1", "Kompresör 1", "BasincliHava", "compressor", 75.0),
    _fed("Kompresor2", "Kompresör 2", "BasincliHava", "compressor", 55.0),
    _fed("Kompresor3", "Kompresör 3", "BasincliHava", "compressor", 37.0),
    _transformer(4),
    replace(_fed("Ofis", "Ofis Binası", "Trafo4", "office", 12.0, *_REACTIVE, *_PHASES), id=10731),
    _fed("OfisKat1", "1. Kat", "Ofis", "office", 28.0),
    _fed("OfisKat2", "2. Kat", "Ofis", "office", 24.0),
    _fed("SunucuOdasi", "Sunucu Odası", "Ofis", "server", 14.0, "import", "temperature"),
    _transformer(5),
    _fed("Sogutma", "Soğutma Grubu", "Trafo5", "cooling", 160.0, *_REACTIVE),
    _fed("SarjIstasyonu", "Şarj İstasyonu", "Trafo5", "losses", 0.6),
    _fed("Sarj1", "Şarj Ünitesi", "SarjIstasyonu", "charging", 44.0),
    _fed("Sarj2", "Şarj Ünitesi", "SarjIstasyonu", "charging", 22.0),
    _fed("PresHatti", "Pres Hattı", "Imalathane", "workshop", 210.0),
    _fed("Kaynakhane", "Kaynakhane", "Imalathane", "workshop", 95.0),
    _fed("Boyahane", "Boyahane", "Imalathane", "workshop", 130.0),
    _fed("PaketlemeHatti", "Paketleme Hattı", "Imalathane", "workshop", 40.0),
    _fed("Aydinlatma", "Çevre Aydınlatması", "Trafo5", "lighting", 12.0),
    _fed("Yemekhane", "Yemekhane", "Trafo4", "office", 35.0, "import", "gas"),
    _fed("Laboratuvar", "Ölçüm Laboratuvarı", "Arge", "office", 16.0),
    _alone("4711", "Kantar", _SITE, "server", 1.2, "import"),
    _alone("xFabrikaEskiBina", "Eski Bina", "xKapaliTesis", "storage", 5.0, "import"),
    _alone("xFabrikaSuSayaci", "Su Sayacı", _SITE, "water", 1.0, "water"),
    _alone("xFabrikaGazSayaci", "Doğalgaz Sayacı", _SITE, "gas", 1.0, "gas"),
    _alone("xFabrikaRevir", "Revir", _SITE, "medicalGas", 1.0, "water", "medicalGas"),
    _alone("xFabrikaJenerator", "Jeneratör", _SITE, "generator", 2.0, "import"),
    _alone("xFabrikaOtoparkGes", "Otopark GES", _SITE, "solar", 90.0, "produced"),
)
SITE_SIZE: Final = len(_SITE_POINTS)
FIRST_SITE_ID: Final = 12_800
FIRST_EXTRA_ID: Final = 20_000
FLOORS: Final = 4
ASSETS_PER_FLOOR: Final = 6
_BUILDING_NAMES: Final = ("Üretim Tesisi", "Şişli Şubesi", "İdari Bina", "Çankaya Deposu", "Göztepe Hastanesi")
_ASSET_NAMES: Final = (
    ("Aydınlatma Panosu", "lighting", 6.0),
    ("Klima Santrali", "cooling", 18.0),
    ("Asansör", "office", 5.0),
    ("Priz Panosu", "office", 9.0),
    ("Isıtma Pompası", "storage", 7.0),
    ("Üretim Makinesi", "workshop", 25.0),
)
_EXTRA_METERS: Final = ("import", "reactive", "capacitive", "inductive", "one_power")


def planned_points(count: int) -> list[PlannedPoint]:
    """Return `count` points, each with an id and after its feeder; the first forty are the fixed site."""
    site = [
        point if point.id else replace(point, id=FIRST_SITE_ID + position)
        for position, point in enumerate(_SITE_POINTS[:count])
    ]
    extra = _generated(count - len(site))
    return [*site, *(replace(point, id=FIRST_EXTRA_ID + position) for position, point in enumerate(extra))]


def other_tenant_points() -> list[PlannedPoint]:
    """Return a small tree of another tenant; its ids are those of the first one's points."""
    return [
        replace(
            point,
            code=_renamed(point.code),
            parent=point.parent and _renamed(point.parent),
            feeder=point.feeder and _renamed(point.feeder),
        )
        for point in planned_points(8)
    ]


def _renamed(code: str) -> str:
    return code.replace("xFabrika", "abcMagaza").replace("xfabrika", "abcmagaza")


def _generated(count: int) -> Iterator[PlannedPoint]:
    """Yield buildings with floors with assets, cut off after `count` points."""
    made = 0
    building = 0
    while made < count:
        building += 1
        for point in _building(building):
            if made == count:
                return
            made += 1
            yield point


def _building(number: int) -> Iterator[PlannedPoint]:
    name = f"{_BUILDING_NAMES[number % len(_BUILDING_NAMES)]} {number}"
    code = f"xBina{number:04d}"
    yield _generated_point(code, name, None, "losses", 4.0)
    for floor in range(1, FLOORS + 1):
        floor_code = f"{code}Kat{floor}"
        yield _generated_point(floor_code, f"{floor}. Kat", code, "losses", 1.0)
        for asset in range(ASSETS_PER_FLOOR):
            label, kind, scale_kw = _ASSET_NAMES[(asset + number) % len(_ASSET_NAMES)]
            yield _generated_point(f"{floor_code}Cihaz{asset + 1}", f"{label} {asset + 1}", floor_code, kind, scale_kw)


def _generated_point(code: str, name: str, parent: str | None, kind: str, scale_kw: float) -> PlannedPoint:
    return PlannedPoint(
        code=code,
        name=name,
        parent=parent,
        kind=kind,
        scale_kw=scale_kw,
        feeder=parent,
        meters=_EXTRA_METERS,
        extra=True,
    )
