"""Pictures that editors bring: checked, turned upright, made smaller, and written anew without what cameras put in."""

import warnings
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 10_000_000
# A picture is unpacked to be made smaller: three or four bytes for each of its points.
MAX_PIXELS = 50_000_000
# As wide as any page shows one, on a screen with two points for each of its own.
MAX_WIDTH = MAX_HEIGHT = 1600
MIN_SIDE = 200
# Differences to the original are hard to see from here on; 100 would be three times as large.
QUALITY = 82
METADATA = {"exif", "xmp", "icc_profile"}
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")


class PictureError(ValueError):
    """The file cannot be a cover; `str()` is a sentence that says why."""


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: WebP bytes, its size in points, and a digest of the bytes (32 hex digits)."""

    webp: bytes
    width: int
    height: int
    digest: str

    def as_dict(self) -> dict[str, bytes | int | str]:
        return asdict(self)


def read_picture(data: bytes) -> Picture:
    """Return the picture in a file of any of FORMATS; raise PictureError for anything else.

    One that is as this makes them, such as the picture of an exported article, stays as it is, byte by byte.
    """
    if len(data) > MAX_BYTES:
        raise PictureError(f"The picture is larger than {MAX_BYTES // 1_000_000} MB. Save it smaller.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # measured below, before it is unpacked
            with Image.open(BytesIO(data), formats=FORMATS) as opened:
                return _written_anew(opened, data)
    except UnidentifiedImageError as error:
        raise PictureError("This is not a picture. Choose a JPEG, PNG, WebP or AVIF file.") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError("The picture is damaged, or too large to be opened.") from error


def _written_anew(opened: Image.Image, data: bytes) -> Picture:
    width, height = opened.size
    if width * height > MAX_PIXELS:
        raise PictureError(f"The picture has {width * height // 1_000_000} megapixels; at most 50 are taken.")
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"The picture is too small: each side needs at least {MIN_SIDE} points.")
    if opened.format == "WEBP" and width <= MAX_WIDTH and height <= MAX_HEIGHT and not opened.info.keys() & METADATA:
        opened.load()  # to its end, so that a damaged one is found
        return _picture(data, width, height)
    # For JPEG this has the decoder make it smaller while it reads, in a fraction of the time and memory.
    opened.draft("RGB", (MAX_WIDTH, MAX_HEIGHT))
    upright = ImageOps.exif_transpose(opened)
    has_alpha = "A" in upright.getbands() or "transparency" in upright.info
    image = upright.convert("RGBA" if has_alpha else "RGB")
    image.thumbnail((MAX_WIDTH, MAX_HEIGHT))
    out = BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=4)
    return _picture(out.getvalue(), image.width, image.height)


def _picture(webp: bytes, width: int, height: int) -> Picture:
    return Picture(webp, width, height, sha256(webp).hexdigest()[:32])
