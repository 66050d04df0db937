"""Photos of patients made safe to keep and to show: decoded, turned upright, made smaller and written anew."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from xinglin.foundation.errors import Category, XinglinError

CONTENT_TYPE = "image/jpeg"
if TYPE_CHECKING:
    from PIL import Image as Picture

_FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS = 60_000_000
_LONGEST_SIDE_PIXELS = 2048
_QUALITY = 85


def rewritten(content: bytes) -> bytes:
    """``content`` as a JPEG of at most 2048 pixels a side that holds its pixels and nothing else: no place, camera,
    comment, thumbnail or what was hidden behind the picture. Its type is what its first bytes say.

    Raises UNSUPPORTED_MEDIA for what is no JPEG, PNG or WebP, TOO_LARGE for more than 60 million pixels. About a second
    of one core for the largest.
    """
    from PIL import Image, ImageOps  # loaded where it works: starting the server does without

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=_FORMATS) as found:
                if found.width * found.height > _MOST_PIXELS:
                    raise _too_many_pixels()
                found.draft("RGB", (_LONGEST_SIDE_PIXELS, _LONGEST_SIDE_PIXELS))
                upright = ImageOps.exif_transpose(found)
                upright.thumbnail((_LONGEST_SIDE_PIXELS, _LONGEST_SIDE_PIXELS))
                plain = _on_white(upright)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _too_many_pixels() from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise XinglinError(
                Category.UNSUPPORTED_MEDIA,
                "this is no photo that can be read; send it as JPEG, PNG or WebP",
                "无法识别该照片，请发送 JPEG、PNG 或 WebP 格式",
                expression="photo",
            ) from error
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def _on_white(picture: Picture.Image) -> Picture.Image:
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "P", "PA"):
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())


def _too_many_pixels() -> XinglinError:
    return XinglinError(
        Category.TOO_LARGE,
        f"the photo has more than {_MOST_PIXELS // 1_000_000} million pixels; send a smaller one",
        f"照片超过 {_MOST_PIXELS // 1_000_000} 百万像素，请缩小后发送",
        expression="photo",
    )
