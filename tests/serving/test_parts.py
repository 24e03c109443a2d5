"""Binary parts both ways: as goldens, over HTTP in each form, in the API's document, and fuzzed by it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from schemathesis.generation import GenerationMode

from components.golden import changes, golden, load_goldens, save_goldens
from components.lifecycle.signature import request_signature
from components.message import Message, Part, picture_part
from serving.answering import Answering
from serving.answers import accepted
from serving.app import Health, make_app
from serving.discovery.assembly import listening
from serving.errors import RequestError
from serving.form import read_form
from serving.guard import Guard
from serving.metrics import RequestMetrics
from serving.process import free_port
from serving.replay import replay
from tests.asking import ask_every_operation
from tests.serving.systems.negative import SYSTEM
from tests.serving.systems.negative.predictor import Predictor
from tests.serving.systems.negative.types import Request

PATH = "/v1/negative"
EXAMPLES = 12


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


PICTURE = _png(np.full((20, 30, 3), 40))
HALF = _png(np.repeat([[[255] * 3] * 15 + [[0] * 3] * 15], 20, axis=0))


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = make_app(Answering.of(SYSTEM), RequestMetrics("negative", "0"))
    app.state.predictor = Predictor()
    with TestClient(app) as client:
        yield client


def _mean(content: bytes) -> float:
    return float(np.asarray(Image.open(io.BytesIO(content))).mean())


def test_a_form_comes_back_where_nothing_else_is_asked_for(client: TestClient) -> None:
    response = client.post(
        PATH, files={"picture": ("a.png", PICTURE, "image/png"), "mask": ("m.png", HALF, "image/png")}
    )
    assert response.status_code == 200, response.text
    form = {field.name: field for field in read_form(response.headers["content-type"], response.content)}
    assert json.loads(form["answer"].content) == {"mean": pytest.approx((215 + 40) / 2)}
    assert form["picture"].media_type == "image/png"
    assert _mean(form["picture"].content) == pytest.approx((215 + 40) / 2)


def test_the_picture_alone_or_the_fields_alone(client: TestClient) -> None:
    files = {"picture": PICTURE}
    alone = client.post(PATH, files=files, data={"strength": "0.5"}, headers={"accept": "image/png"})
    assert alone.headers["content-type"] == "image/png"
    assert _mean(alone.content) == pytest.approx(128, abs=1)
    fields = client.post(PATH, files=files, headers={"accept": "application/json"})
    assert fields.json() == {"mean": 215.0}
    assert client.post(PATH, files=files, headers={"accept": "text/html"}).status_code == 406


def test_an_answer_without_its_part_fails_alone() -> None:
    class Silent(Predictor):
        def answers(self, requests):
            return [Message(answer.fields) for answer in super().answers(requests)]

    app = make_app(Answering.of(SYSTEM), RequestMetrics("negative", "0"))
    app.state.predictor = Silent()
    with TestClient(app) as client:
        refused = client.post(PATH, files={"picture": PICTURE}, headers={"accept": "image/png"})
        assert (refused.status_code, "has no image/png" in refused.json()["error"]) == (406, True)
        assert client.post(PATH, files={"picture": PICTURE}, headers={"accept": "application/json"}).status_code == 200


def test_wrong_parts_are_said_in_a_sentence(client: TestClient) -> None:
    def error(status: int, files: dict) -> str:
        response = client.post(PATH, files=files)
        assert response.status_code == status
        return response.json()["error"]

    assert error(415, {"mask": ("m.jpg", PICTURE, "image/jpeg")}) == "the mask is image/jpeg; send image/png"
    assert "unknown file 'masks'" in error(422, {"masks": ("m.png", PICTURE, "image/png")})
    assert "no picture to turn" in error(422, {"mask": ("m.png", HALF, "image/png")})
    assert "not as large" in error(422, {"picture": PICTURE, "mask": ("m.png", _png(np.zeros((2, 2, 3))), "image/png")})


def test_the_one_part_may_be_the_body_itself() -> None:
    system = Answering("negative", Request, SYSTEM.Response, {"picture": SYSTEM.takes["picture"]}, SYSTEM.gives)
    app = make_app(system, RequestMetrics("negative", "0"))
    app.state.predictor = Predictor()
    with TestClient(app) as client:
        headers = {"content-type": "image/png", "accept": "image/*"}
        response = client.post(f"{PATH}?strength=0.5", content=PICTURE, headers=headers)
        assert _mean(response.content) == pytest.approx(128, abs=1)
        assert client.post(f"{PATH}?strength=2", content=PICTURE, headers=headers).status_code == 422
        assert client.post(PATH, content=PICTURE, headers={"content-type": "image/tiff"}).status_code == 415
        bodies = client.get("/v1/openapi.json").json()["paths"][PATH]["post"]
        assert {"image/png", "multipart/form-data", "application/json"} <= set(bodies["requestBody"]["content"])
        assert {"image/png", "multipart/form-data"} <= set(bodies["responses"]["200"]["content"])


def test_goldens_compare_parts_within_the_tolerance(client: TestClient, tmp_path: Path) -> None:
    parts = {"picture": picture_part(PICTURE), "mask": Part(HALF, "image/png")}
    made = [
        golden(Predictor(), "half", Request, {"strength": 0.5}, parts),
        golden(Predictor(), "whole", Request, {}, parts),
    ]
    save_goldens(tmp_path, made)
    assert load_goldens(tmp_path) == made
    for one in made:
        assert changes(SYSTEM, Predictor(), one) == []
        assert replay(client, "", one, "negative") == []
    brighter, other = (Part(_png(np.full((20, 30, 3), value)), "image/png") for value in (41, 60))
    near = golden(Predictor(), "near", Request, {"strength": 0.0}, {"picture": brighter})
    near = type(near)("near", near.request, {"mean": 40.0}, {"picture": picture_part(PICTURE)}, near.answer_parts)
    assert replay(client, "", near, "negative", pixels=1.0) == []
    assert "pixels differ by 1 of 255" in replay(client, "", near, "negative", pixels=0.5)[0]
    far = type(near)("far", near.request, near.answer, near.parts, {"picture": other})
    assert "pixels differ by 20 of 255" in changes(SYSTEM, Predictor(), far)[0]
    small = type(near)(
        "small", near.request, near.answer, near.parts, {"picture": Part(_png(np.zeros((2, 2))), "image/png")}
    )
    assert "instead of (2, 2)" in changes(SYSTEM, Predictor(), small)[0]
    without = type(near)("without", near.request, near.answer, near.parts, {})
    assert changes(SYSTEM, Predictor(), without) == ["part picture: not expected"]


def test_what_a_caller_accepts() -> None:
    gives = {"mask": ("image/png",)}
    assert accepted("", {}) == accepted("image/png", {}) == "application/json"
    assert accepted("", gives) == accepted("*/*", gives) == "multipart/form-data"
    assert accepted("image/avif,image/png;q=0.9,*/*", gives) == "image/png"
    with pytest.raises(RequestError):
        accepted("image/png", {**gives, "depth": ("image/tiff",)})


def test_columns_of_the_mlflow_model() -> None:
    columns = {column.name: column.type.name for column in request_signature(SYSTEM).inputs}
    assert columns == {"picture": "binary", "mask": "binary"}


@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")  # the service's thread does
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_answers_are_as_described(mode: GenerationMode) -> None:
    metrics = RequestMetrics("negative", "0")
    app = make_app(Answering.of(SYSTEM), metrics)
    app.state.predictor = Predictor()
    app.state.health = Health(**dict.fromkeys(Health.model_fields, "x") | {"simulated": True})
    with listening(Guard(app, metrics), free_port()) as (address, _):
        assert ask_every_operation(address, mode, "", EXAMPLES) >= EXAMPLES
