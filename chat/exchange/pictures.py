"""Covers that come with articles: one that this site could have written stays as it is, to the byte."""

from hashlib import sha256
from io import BytesIO

from PIL import Image

from chat.text.pictures import MAX_HEIGHT, MAX_WIDTH, Picture, PictureError, read_picture

# The parts of a WebP file that make up one still picture. Others would carry what cameras and programs put in.
_PARTS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}


def picture_in(data: bytes) -> Picture:
    """Return the picture; raise PictureError for what is none. Written anew unless it has nothing but the picture."""
    if not _is_bare_webp(data):
        return read_picture(data)
    try:
        with Image.open(BytesIO(data), formats=["WEBP"]) as image:
            if image.width > MAX_WIDTH or image.height > MAX_HEIGHT:
                return read_picture(data)
            image.load()
            return Picture(data, image.width, image.height, sha256(data).hexdigest()[:32])
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureError("The picture is damaged.") from error


def _is_bare_webp(data: bytes) -> bool:
    """Tell whether a file is one still WebP picture and nothing else, from its first byte to its last."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or int.from_bytes(data[4:8], "little") + 8 != len(data):
        return False
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] not in _PARTS:
            return False
        at += 8 + size + size % 2
    return at == len(data)
