"""Request bodies with a bound, so that no caller can fill the memory of others."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from ..errors import Category, XinglinError


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body. Raises TOO_LARGE as soon as ``limit_bytes`` is passed, having kept no more than that."""
    declared = request.headers.get("content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            chunks.append(chunk)
    except ClientDisconnect as gone:
        raise XinglinError(Category.INVALID, "the caller left before the body ended", "请求未发送完整") from gone
    return b"".join(chunks)


def _too_large(limit_bytes: int) -> XinglinError:
    mebibytes = limit_bytes / 2**20
    return XinglinError(
        Category.TOO_LARGE,
        f"The body is larger than {mebibytes:g} MiB; send it in parts.",
        f"请求体超过 {mebibytes:g} MiB，请分批发送。",
    )
