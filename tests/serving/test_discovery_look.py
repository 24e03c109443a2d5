"""Shop the look as callers meet it: the things in a picture, items like them, what goes with them, and scenes."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from serving.discovery.catalogue import Catalogue
from serving.discovery.types import MAX_REGIONS, Look, Parsed, Scenes
from tests.discoveries import Parts, entry_app, listening, look_apps, make_catalogue, make_look_parts, search_app

BAR, SCENE = "bar-train-000", "scene-000"
RED, BLUE = (200, 20, 40), (40, 20, 200)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return make_look_parts(tmp_path_factory.mktemp("look"))


@pytest.fixture(scope="module")
def catalogue(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_catalogue(parts, tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(scope="module")
def addresses(parts: Parts, catalogue: Path, state: Path) -> Iterator[dict[str, str]]:
    with (
        listening(search_app(parts, catalogue, state)) as (searching, _),
        listening(look_apps(parts)) as (looking, _),
    ):
        yield {"visual-search": searching, "scene-parsing": looking, "shop-the-look": looking}


def asked(catalogue: Path, state: Path, addresses: dict[str, str]) -> TestClient:
    app = entry_app(catalogue, state, addresses)
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1), raise_server_exceptions=False)


def photo(size: tuple[int, int] = (320, 240), kind: str = "JPEG") -> bytes:
    """Something red beside something blue, on white."""
    image = Image.new("RGB", size, (245, 245, 245))
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.rectangle((width // 10, height // 6, width // 4, height * 3 // 4), fill=RED)
    draw.ellipse((width // 2, height // 4, width * 4 // 5, height * 3 // 4), fill=BLUE)
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def pixels(region: Any) -> np.ndarray:
    height, width = region.mask.size
    values = np.arange(len(region.mask.counts)) % 2 == 1
    return np.repeat(values, region.mask.counts).reshape(width, height).T


def test_a_picture_is_taken_apart(discovery: TestClient) -> None:
    found = Parsed.model_validate(discovery.post("/v1/parse", files={"picture": photo()}).json())
    assert (found.width_px, found.height_px) == (320, 240)
    bar, disc = sorted(found.regions, key=lambda region: region.label)
    assert (bar.label, disc.label) == ("bar", "disc")
    assert bar.box == pytest.approx((32, 40, 80, 180), abs=8)
    assert disc.box == pytest.approx((160, 60, 256, 180), abs=8)
    inside_HW = pixels(bar)
    rows, columns = np.nonzero(inside_HW)
    scale = found.width_px / inside_HW.shape[1]
    assert (columns.min() * scale, rows.max() * scale) == pytest.approx((32, 180), abs=8)


def test_a_scene_of_the_catalogue_was_parsed_when_it_was_packaged(discovery: TestClient, catalogue: Path) -> None:
    found = discovery.post("/v1/parse", json={"item_id": SCENE}).json()
    version = discovery.get(f"/v1/items/{SCENE}").json()["picture"].rpartition("=")[2]
    assert found == Catalogue(catalogue).scene(SCENE, version)
    assert [region["label"] for region in found["regions"]] == ["disc", "bar"] or len(found["regions"]) == 2
    assert Catalogue(catalogue).scene(SCENE, "another version") is None
    assert Catalogue(catalogue).scene(BAR, version) is None


def test_each_thing_is_found_within_its_category_by_looks_and_colours(discovery: TestClient) -> None:
    answer = discovery.post("/v1/shop-the-look", files={"picture": photo()}, data={"k": "3"})
    found = Look.model_validate(answer.json())
    assert found.degraded == []
    assert {region.label for region in found.regions} == {"bar", "disc"}
    for region in found.regions:
        assert [item.category for item in region.items] == [region.label] * 3
        assert [item.score for item in region.items] == sorted((item.score for item in region.items), reverse=True)
    assert found.goes_with[0].category == "frame"  # the third of every outfit
    assert 1 <= len(found.goes_with[0].items) <= 3
    shown = {region.items[0].item_id for region in found.regions}
    assert not shown & {item.item_id for companions in found.goes_with for item in companions.items}


def test_a_scene_by_its_id_gives_what_its_picture_gives(discovery: TestClient) -> None:
    by_id = discovery.post("/v1/shop-the-look", json={"item_id": SCENE, "k": 2, "categories": 1}).json()
    item = discovery.get(f"/v1/items/{SCENE}").json()
    picture = discovery.get(item["picture"]).content
    uploaded = discovery.post(
        "/v1/shop-the-look", files={"picture": picture}, data={"k": "2", "categories": "1"}
    ).json()
    assert by_id == uploaded
    assert len(by_id["goes_with"]) == 1


def test_one_thing_is_completed(discovery: TestClient) -> None:
    found = Look.model_validate(discovery.post("/v1/shop-the-look", json={"item_id": BAR, "k": 2}).json())
    assert found.regions == []
    assert {companions.category for companions in found.goes_with[:2]} == {"disc", "frame"}
    assert all(item.item_id != BAR for companions in found.goes_with for item in companions.items)
    assert discovery.post("/v1/shop-the-look", json={"item_id": BAR, "categories": 0}).json()["goes_with"] == []


def test_an_item_finds_the_scenes_that_it_stands_in(discovery: TestClient) -> None:
    found = Scenes.model_validate(discovery.get(f"/v1/items/{BAR}/scenes?k=2").json())
    assert len({scene.item_id for scene in found.items}) == len(found.items) == 2
    assert {scene.region.label for scene in found.items} == {"bar"}
    assert [scene.score for scene in found.items] == sorted((scene.score for scene in found.items), reverse=True)
    whole = discovery.get(f"/v1/items/{BAR}/scenes").json()["items"]
    assert {scene["item_id"] for scene in whole} == {"scene-000", "scene-001", "scene-002"}
    assert discovery.get("/v1/items/nothing/scenes").status_code == 404


def test_scenes_follow_what_becomes_of_items(discovery: TestClient) -> None:
    """One that is deleted, or has another picture, is found no more; a new item finds scenes at once."""
    files = {"picture": ("p", photo((120, 90)))}
    assert discovery.put("/v1/items/scene-002", files=files).status_code == 200
    assert discovery.delete("/v1/items/scene-001").status_code == 204
    found = discovery.get(f"/v1/items/{BAR}/scenes").json()["items"]
    assert [scene["item_id"] for scene in found] == ["scene-000"]
    replaced = discovery.post("/v1/parse", json={"item_id": "scene-002"}).json()
    assert (replaced["width_px"], replaced["height_px"]) == (120, 90)
    fields = json.dumps({"title": "New", "category": "bar"})
    put = discovery.put("/v1/items/new-bar", files={"picture": ("p", photo())}, data={"request": fields})
    assert put.status_code == 201
    assert len(discovery.get("/v1/items/new-bar/scenes").json()["items"]) == 1
    look = discovery.post("/v1/shop-the-look", json={"item_id": "new-bar"}).json()
    assert {companions["category"] for companions in look["goes_with"][:2]} == {"disc", "frame"}


@pytest.mark.parametrize("picture", [photo((1, 1), "PNG"), photo((1200, 40)), photo((64, 64), "WEBP")])
def test_odd_pictures_are_answered(discovery: TestClient, picture: bytes) -> None:
    answer = discovery.post("/v1/shop-the-look", files={"picture": picture})
    assert answer.status_code == 200, answer.text
    assert len(Look.model_validate(answer.json()).regions) <= MAX_REGIONS


def test_a_picture_with_nothing_in_it_is_no_error(discovery: TestClient) -> None:
    file = io.BytesIO()
    Image.new("RGB", (200, 100), (245, 245, 245)).save(file, "PNG")
    found = discovery.post("/v1/shop-the-look", files={"picture": file.getvalue()}).json()
    assert (found["regions"], found["goes_with"], found["degraded"]) == ([], [], [])


def test_what_cannot_be_asked_is_refused(discovery: TestClient) -> None:
    for path in ("/v1/parse", "/v1/shop-the-look"):
        assert discovery.post(path, json={}).status_code == 422
        assert discovery.post(path, json={"item_id": "nothing"}).status_code == 404
        assert discovery.post(path, files={"picture": photo()}, data={"item_id": BAR}).status_code == 422
        assert discovery.post(path, files={"picture": ("p", b"no picture")}).status_code == 415
    put = discovery.put("/v1/items/a/scenes", files={"picture": ("p", photo())})
    assert put.status_code == 422


def test_without_the_systems_the_rest_is_said_clearly(catalogue: Path, state: Path, addresses: dict[str, str]) -> None:
    search = {"visual-search": addresses["visual-search"]}
    with asked(catalogue, state, search) as client:
        for path, name in (("/v1/parse", "scene-parsing"), ("/v1/shop-the-look", "scene-parsing")):
            answer = client.post(path, files={"picture": photo()})
            assert answer.status_code == 404
            assert f"no system of role 'parse' ({name}: not released)" in answer.json()["error"]
        assert client.post("/v1/shop-the-look", json={"item_id": BAR}).status_code == 404
        scene = client.post("/v1/shop-the-look", json={"item_id": SCENE, "k": 2}).json()  # parsed when packaged
        assert [part["role"] for part in scene["degraded"]] == ["complete"]
        assert all(len(region["items"]) == 2 for region in scene["regions"])
        assert scene["goes_with"] == []
    with asked(catalogue, state, {"shop-the-look": addresses["shop-the-look"]}) as client:
        scene = client.post("/v1/shop-the-look", json={"item_id": SCENE}).json()
        assert [part["role"] for part in scene["degraded"]] == ["search"]
        assert all(region["items"] == [] for region in scene["regions"])
        assert scene["goes_with"][0]["category"] == "frame"
        assert client.get(f"/v1/items/{BAR}/scenes").status_code == 503
