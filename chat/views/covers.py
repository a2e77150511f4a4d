"""Typographic covers: a quilt of cut-paper tiles with the title's first letter, always the same for the same title."""

import hashlib
from dataclasses import dataclass
from itertools import product

TILE_SIZE = 40
COLUMNS, ROWS = 5, 6
# The letter takes four tiles in the middle, so that it stays in view when a narrow page crops the cover.
LETTER_TILES = frozenset(product((1, 2), (2, 3)))

# Each shape fills one tile; the names only help to read them.
SHAPES = {
    "fan": "M0 0H40A40 40 0 0 1 0 40Z",
    "leaf": "M0 0A40 40 0 0 1 40 40A40 40 0 0 1 0 0Z",
    "pennant": "M0 0H40L20 36Z",
    "sun": "M20 6A14 14 0 0 1 20 34A14 14 0 0 1 20 6Z",
    "arch": "M0 40V20A20 20 0 0 1 40 20V40H27V20A7 7 0 0 0 13 20V40Z",
    "lantern": "M14 3H26V7C37 11 37 29 26 33V37H14V33C3 29 3 11 14 7Z",
    "petals": "M20 20Q8 14 20 0Q32 14 20 20Q26 8 40 20Q26 32 20 20Q32 26 20 40Q8 26 20 20Q14 32 0 20Q14 8 20 20Z",
    "waves": "M0 8Q10 0 20 8T40 8V16Q30 24 20 16T0 16ZM0 28Q10 20 20 28T40 28V36Q30 44 20 36T0 36Z",
}
# Ground and figure: pairs that keep apart in both themes.
TONES = (
    ("vermilion", "marigold"),
    ("marigold", "vermilion"),
    ("dusk", "marigold"),
    ("lagoon", "petal"),
    ("petal", "vermilion"),
    ("dusk", "petal"),
    ("petal", "lagoon"),
    ("marigold", "dusk"),
)


@dataclass(frozen=True)
class Tile:
    """One square of a cover: its place in SVG units, the two tones, the shape and its quarter turns in degrees."""

    x: int
    y: int
    ground: str
    figure: str
    shape: str
    turn: int


@dataclass(frozen=True)
class Cover:
    """What `_cover.html` draws."""

    letter: str
    tiles: tuple[Tile, ...]
    width: int = COLUMNS * TILE_SIZE
    height: int = ROWS * TILE_SIZE


def cover(title: str) -> Cover:
    """Return the cover of title. The digest decides everything, so that an article keeps its face."""
    digest = hashlib.shake_256(title.encode()).digest(3 * COLUMNS * ROWS)
    places = [place for place in product(range(COLUMNS), range(ROWS)) if place not in LETTER_TILES]
    tiles = tuple(_tile(place, digest[3 * n : 3 * n + 3]) for n, place in enumerate(places))
    letter = next((sign for sign in title if sign.isalnum()), "*").upper()
    return Cover(letter, tiles)


def _tile(place: tuple[int, int], seed: bytes) -> Tile:
    ground, figure = TONES[seed[0] % len(TONES)]
    shape = tuple(SHAPES.values())[seed[1] % len(SHAPES)]
    return Tile(place[0] * TILE_SIZE, place[1] * TILE_SIZE, ground, figure, shape, seed[2] % 4 * 90)
