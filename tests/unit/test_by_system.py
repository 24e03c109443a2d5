"""Several systems behind one address."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from serving.discovery.assembly import systems_app
from serving.discovery.by_system import BySystem


def app(name: str) -> Starlette:
    async def told(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{name} {request.url.path}?{request.url.query} {(await request.body()).decode()}")

    return Starlette(routes=[Route("/v1/told", told, methods=["POST"]), Route("/livez", told)])


def test_each_system_answers_below_its_own_name() -> None:
    with TestClient(systems_app({"my-looks": app("looks"), "my-next": app("next")})) as client:
        assert client.post("/my-looks/v1/told?k=1", content="x").text == "looks /v1/told?k=1 x"
        assert client.post("/my-next/v1/told", content="y").text == "next /v1/told? y"


@pytest.mark.parametrize("path", ["/v1/told", "/other/v1/told", "/my-looks-too/v1/told", "/"])
def test_what_is_no_system_is_not_there(path: str) -> None:
    with TestClient(systems_app({"my-looks": app("looks")})) as client:
        assert client.post(path).status_code == 404


def test_other_paths_are_left_to_the_server() -> None:
    with TestClient(BySystem(app("server"), {"my-looks": app("looks")})) as client:
        assert client.get("/livez").text.startswith("server /livez")


def test_a_system_may_come_once_the_server_has_started() -> None:
    apps: dict[str, Starlette] = {}
    with TestClient(systems_app(apps)) as client:
        assert client.post("/my-looks/v1/told").status_code == 404
        apps["my-looks"] = app("looks")
        assert client.post("/my-looks/v1/told").status_code == 200
