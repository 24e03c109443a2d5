"""The page: static files, and the headers under which a browser shows them."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from serving.headers import Headers, api_headers

__all__ = ["PAGE", "headers_of", "page_routes"]

PAGE = Path(__file__).resolve().parents[1] / "page"
POLICY = (
    b"default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    b"frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"no-cache"),
)


def page_routes(folder: Path = PAGE) -> list[BaseRoute]:
    """`/`, `/static/…`, and the service worker, which may do what is below its address.

    The page holds no data; the API checks the key of who requests any.
    """

    async def index(_: Request) -> Response:
        return FileResponse(folder / "index.html", media_type="text/html; charset=utf-8")

    async def worker(_: Request) -> Response:
        return FileResponse(folder / "worker.js", media_type="text/javascript")

    return [
        Route("/", index),
        Route("/worker.js", worker),
        Mount("/static", StaticFiles(directory=folder, check_dir=False)),
    ]


def headers_of(path: str) -> Headers:
    """What the guard adds to the answers below `path`."""
    return api_headers(path) if path.startswith("/v1/") else HEADERS
