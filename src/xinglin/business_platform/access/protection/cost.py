"""What a request costs, told before it is carried out."""

from __future__ import annotations

_READ, _WRITE, _SEARCH, _OPERATION, _EVERYTHING, _BUNDLE = 1, 2, 3, 5, 20, 10
_BYTES_A_UNIT = 10_000
_DEAR = (b"_include", b"_revinclude", b"_has", b"_total=accurate", b"_content", b"_text", b":contains", b".")
_MOST = 1_000


def cost_of(method: str, route: str, query: bytes, body_bytes: int) -> int:
    """The units of a request: by its kind, a search also by what makes it dear, a bundle also by its size."""
    if not route.startswith("/fhir"):
        return _READ if method in ("GET", "HEAD") else _WRITE
    if route.endswith("$everything"):
        return _EVERYTHING
    if "$" in route:
        return _OPERATION
    steps = [step for step in route.split("/")[2:] if step]
    if not steps and method == "POST":
        return min(_MOST, _BUNDLE + body_bytes // _BYTES_A_UNIT)
    if steps[-1:] == ["_search"] or "_history" in steps or (method in ("GET", "HEAD") and len(steps) != 2):
        return _SEARCH + 2 * sum(query.count(one) for one in _DEAR) if query else _SEARCH
    return _READ if method in ("GET", "HEAD") else _WRITE
