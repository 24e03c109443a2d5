"""Security headers, which every answer carries."""

from collections.abc import Sequence

__all__ = ["HEADERS", "Headers", "api_headers"]

Headers = Sequence[tuple[bytes, bytes]]

HEADERS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
API_HEADERS: Headers = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'"),
    (b"cross-origin-resource-policy", b"same-site"),  # pages elsewhere cannot show what this machine's user may see
)


def api_headers(path: str) -> Headers:
    """The headers added to `HEADERS` for `path`: browsers neither cache nor execute an answer of the API."""
    return API_HEADERS if path.startswith("/v1/") else ()
