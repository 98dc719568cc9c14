"""The brand images have the sizes that Home Assistant asks for, and are what the script draws."""

from pathlib import Path

from PIL import Image, ImageChops, ImageStat
import pytest

from script.lib.brand import draw

from .paths import INTEGRATION

BRAND = INTEGRATION / "brand"
HEIGHTS = {"": 256, "@2x": 512}
NAMES = [
    (f"{background}{kind}{suffix}.png", kind, height)
    for background in ("", "dark_")
    for kind in ("icon", "logo")
    for suffix, height in HEIGHTS.items()
]


@pytest.mark.parametrize(("name", "kind", "height"), NAMES, ids=[name for name, *_ in NAMES])
def test_sizes(name: str, kind: str, height: int) -> None:
    with Image.open(BRAND / name) as image:
        assert image.height == height
        assert image.width == height if kind == "icon" else image.width > height
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index] # four bands


def test_the_script_draws_them(tmp_path: Path) -> None:
    drawn = draw(tmp_path)
    assert {path.name for path in drawn} == {name for name, *_ in NAMES} == {path.name for path in BRAND.iterdir()}
    for path in drawn:
        with Image.open(path) as anew, Image.open(BRAND / path.name) as committed:
            difference = ImageChops.difference(anew.convert("RGBA"), committed.convert("RGBA"))
        # Versions of Pillow smooth edges a little differently.
        assert max(ImageStat.Stat(difference).mean) < 1, path.name
