"""The node's own certificate authority and the certificate it serves HTTPS with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xinglin.foundation.errors import Category, XinglinError


def ensure_certificate(folder: Path, names: Sequence[str]) -> None:
    """A valid ``server.pem`` and ``server.key`` for ``names`` in ``folder``, signed by its ``ca.pem``."""
    raise XinglinError(Category.UNAVAILABLE, "HTTPS is not built yet; leave out --host", "尚未支持 HTTPS")
