"""Draw the brand images that Home Assistant shows beside the integration: brand.py draws them anew where they belong.

A meter's scale, open at its foot, around a bolt from which a tree of three points hangs. Drawn large and made smaller,
so that edges are smooth; the same version of Pillow draws the same bytes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

FOLDER: Final = Path(__file__).parents[2] / "custom_components" / "reengen" / "brand"
# Home Assistant's sizes: 256 pixels, and twice that for fine screens.
SIZES: Final = {"": 256, "@2x": 512}
# Three colours with their smooth edges; a palette makes the files a fifth as large.
COLOURS: Final = 128
# The drawing's own grid; both sizes divide it.
GRID: Final = 2048
NAME: Final = "Reengen"

SCALE_WIDTH: Final = 210
# Degrees, clockwise from three o'clock: open below.
SCALE_START, SCALE_END = 135, 405
# Degrees from which the scale has the bolt's colour.
BOLT_COLOUR_FROM: Final = 345
BOLT: Final = ((1170, 320), (660, 1010), (970, 1010), (870, 1400), (1390, 760), (1070, 760))
ROOT: Final = (1024, 1500)
LEAVES: Final = ((624, 1900), (1024, 1900), (1424, 1900))
POINT_RADIUS: Final = 120
LINE_WIDTH: Final = 70
WORD_HEIGHT: Final = 1150
WORD_GAP: Final = 260


@dataclass(frozen=True, kw_only=True, slots=True)
class Palette:
    """Colours for one background."""

    scale: str
    bolt: str
    word: str


PALETTES: Final = {
    "": Palette(scale="#0b6e8f", bolt="#f59e0b", word="#0f3d4f"),
    "dark_": Palette(scale="#4cc3e6", bolt="#fbbf24", word="#e6f4f8"),
}


def icon(palette: Palette) -> Image.Image:
    """Return the icon on the drawing's grid."""
    image = Image.new("RGBA", (GRID, GRID), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    box = (0, 0, GRID - 1, GRID - 1)
    pen.arc(box, SCALE_START, SCALE_END, fill=palette.scale, width=SCALE_WIDTH)
    pen.arc(box, BOLT_COLOUR_FROM, SCALE_END, fill=palette.bolt, width=SCALE_WIDTH)
    pen.polygon(BOLT, fill=palette.bolt)
    middle = (ROOT[1] + LEAVES[0][1]) // 2
    for x, y in LEAVES:
        pen.line([ROOT, (ROOT[0], middle), (x, middle), (x, y)], fill=palette.scale, width=LINE_WIDTH, joint="curve")
    for x, y in LEAVES:
        pen.circle((x, y), POINT_RADIUS, fill=palette.scale)
    return image


def logo(palette: Palette) -> Image.Image:
    """Return the icon with the name beside it, as high as the icon and no wider than needed."""
    font = ImageFont.load_default(WORD_HEIGHT)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(NAME))
    image = Image.new("RGBA", (GRID + WORD_GAP + right - left, GRID), (0, 0, 0, 0))
    image.paste(icon(palette))
    start = (GRID + WORD_GAP - left, (GRID - bottom - top) // 2)
    ImageDraw.Draw(image).text(start, NAME, font=font, fill=palette.word, stroke_width=18, stroke_fill=palette.word)
    return image


def draw(folder: Path) -> list[Path]:
    """Write icon and logo for light and dark backgrounds, in each size; return the files."""
    written = []
    folder.mkdir(exist_ok=True)
    for background, palette in PALETTES.items():
        for kind, image in (("icon", icon(palette)), ("logo", logo(palette))):
            for suffix, height in SIZES.items():
                path = folder / f"{background}{kind}{suffix}.png"
                size = (round(image.width * height / GRID), height)
                small = image.resize(size, Image.Resampling.LANCZOS)
                small.quantize(COLOURS, Image.Quantize.FASTOCTREE).save(path, optimize=True)
                written.append(path)
    return written


if __name__ == "__main__":
    for drawn in draw(FOLDER):
        print(drawn.relative_to(FOLDER.parents[2]))
