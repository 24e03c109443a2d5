"""Several systems behind one address: each below its own name."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["BySystem"]


class BySystem:
    """ASGI middleware: `/SYSTEM/…` is answered by that system's application, anything else by `app`.

    apps: by the name of the system; one may come later. Within a server of BentoML this comes before all that BentoML
    puts around a request once that has started, as `serving.guard.Guard` does; its own routes, the probes, are left
    to it.
    """

    def __init__(self, app: ASGIApp, apps: Mapping[str, ASGIApp]) -> None:
        self.app, self.apps = app, apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" and "app" in scope:
            scope["app"].middleware_stack = self  # of the Starlette application that BentoML serves
        if scope["type"] == "http":
            system, _, path = scope["path"].removeprefix("/").partition("/")
            known = self.apps.get(system)
            if known is not None:
                await known({**scope, "path": f"/{path}", "raw_path": f"/{path}".encode()}, receive, send)
                return
        await self.app(scope, receive, send)
