"""Messages between a merchant and its provider: compact JWS (RFC 7515) with HS256 over JSON.

``to`` says who is meant, so that nobody's own message can be played back to them; ``at`` and ``nonce`` bound how long
and tell how often one is heard.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from xinglin.foundation.errors import Category, XinglinError

_ALGORITHM = "HS256"
_WINDOW = timedelta(minutes=5)
MEDIA_TYPE = "application/jose"
LONGEST_BYTES = 64 * 1024

To = Literal["merchant", "provider"]


def sign(body: dict[str, Any], to: To, merchant: str, key: bytes, at: datetime, nonce: str) -> str:
    """``body`` for whoever it is ``to``."""
    claims = {"to": to, "merchant": merchant, "at": at.isoformat(), "nonce": nonce, "body": body}
    return str(jws.serialize_compact({"alg": _ALGORITHM}, orjson.dumps(claims), OctKey.import_key(key)))


def opened(text: str, to: To, merchant: str, key: bytes, now: datetime) -> tuple[str, dict[str, Any]]:
    """The nonce and the body of a message to us. Raises UNAUTHENTICATED where its signature does not hold, it is meant
    for another, or it was signed more than five minutes from ``now``."""
    try:
        found = jws.deserialize_compact(text, OctKey.import_key(key), algorithms=[_ALGORITHM])
        claims = orjson.loads(found.payload)
        said_at = datetime.fromisoformat(claims["at"])
        fits = claims["to"] == to and claims["merchant"] == merchant and abs(said_at - now) <= _WINDOW
        nonce, body = str(claims["nonce"]), claims["body"]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refused() from error
    if not fits or not isinstance(body, dict) or not 8 <= len(nonce) <= 100:
        raise _refused()
    return nonce, body


def _refused() -> XinglinError:
    return XinglinError(
        Category.UNAUTHENTICATED,
        "this message is not signed by the payment provider, or is too old",
        "该消息并非支付机构签名，或已过期",
    )
