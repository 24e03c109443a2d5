"""Boards in the discovery service: saved to, listed, paged, deleted, and what else belongs on them."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from components.roles import Document
from serving.discovery.catalogue import Catalogue
from serving.discovery.keep_role import LiveKeeper
from serving.state import Item, open_state
from tests.serving.test_discovery import BAR, DISC, drawn


def test_boards(discovery: TestClient) -> None:
    board = "/v1/users/ann/boards/summer days"
    assert discovery.get("/v1/users/ann/boards").json() == {"boards": []}
    assert discovery.get(board).status_code == 404
    for item_id in (BAR, DISC, BAR):
        assert discovery.put(f"{board}/items/{item_id}").status_code == 204
    assert discovery.put(f"{board}/items/nothing").status_code == 404
    assert [item["item_id"] for item in discovery.get(board).json()["items"]] == [BAR, DISC]
    (summary,) = discovery.get("/v1/users/ann/boards").json()["boards"]
    assert (summary["name"], summary["count"], summary["covers"][0]["item_id"]) == ("summer days", 2, BAR)
    assert discovery.delete(f"{board}/items/{BAR}").status_code == 204
    assert discovery.delete(f"{board}/items/{BAR}").status_code == 404
    assert [item["item_id"] for item in discovery.get(board).json()["items"]] == [DISC]


def test_a_board_comes_in_pages_and_nothing_is_missed_between_them(discovery: TestClient) -> None:
    board = "/v1/users/pia/boards/many"
    items = [item["item_id"] for item in discovery.get("/v1/items?k=6").json()["items"]]
    for item_id in items[:5]:
        assert discovery.put(f"{board}/items/{item_id}").status_code == 204
    first = discovery.get(f"{board}?k=2").json()
    assert (first["count"], [item["item_id"] for item in first["items"]]) == (5, items[4:2:-1])
    assert discovery.put(f"{board}/items/{items[5]}").status_code == 204  # saved meanwhile
    rest = discovery.get(f"{board}?k=9&cursor={first['cursor']}").json()
    assert ([item["item_id"] for item in rest["items"]], rest["cursor"]) == (items[2::-1], None)
    assert discovery.get(f"{board}?cursor=0").status_code == 422
    (summary,) = discovery.get("/v1/users/pia/boards").json()["boards"]
    assert (summary["item_ids"], len(summary["covers"])) == (items[::-1], 4)


def test_what_belongs_on_a_board_comes_with_a_reason(discovery: TestClient) -> None:
    board = "/v1/users/zoe/boards/bars"
    assert discovery.get(f"{board}/more").status_code == 404
    assert discovery.put(f"{board}/items/{BAR}").status_code == 204
    items = discovery.get(f"{board}/more?k=5").json()["items"]
    assert len(items) == 5
    assert BAR not in [item["item_id"] for item in items]
    assert items[0]["because"]["item_id"] == BAR
    assert items[0]["because"]["text"].startswith(("On ", "Like "))
    assert len(discovery.get("/v1/boards/board-00/more?k=3").json()["items"]) == 3
    assert discovery.get("/v1/boards/none/more").status_code == 404
    for asked in ({"user_id": "zoe", "board": "bars", "k": 2}, {"items": [BAR], "k": 2}):
        boards = discovery.post("/v1/boards/similar", json=asked).json()["boards"]
        assert [board["shared"] for board in boards] == [1, 1]
    assert discovery.post("/v1/boards/similar", json={}).status_code == 422
    assert discovery.post("/v1/boards/similar", json={"items": ["no such item"]}).json() == {"boards": []}


class Holding:
    """A keeper that only holds, and lacks the picture of one item."""

    looks_by = "this one"

    def __init__(self) -> None:
        self.boards: dict[str, Sequence[str]] = {}
        self.documents: dict[str, Document] = {}

    def lacks(self, item_id: str) -> bool:
        return item_id == BAR

    def put(self, documents: Sequence[Document]) -> None:
        self.documents |= {document.item_id: document for document in documents}

    def drop(self, item_ids: Collection[str]) -> None: ...

    def hold(self, boards: Mapping[str, Sequence[str]]) -> None:
        self.boards = {name: held for name, held in (self.boards | dict(boards)).items() if held}


def test_pictures_are_passed_on_where_their_vectors_are_not_known(catalogue: Path, tmp_path: Path) -> None:
    state = open_state(f"sqlite:///{tmp_path}")
    vector_D = np.ones(3, np.float32)
    for name, model in (("ours", Holding.looks_by), ("theirs", "that one")):
        state.items.put(Item(name, picture=b"picture of it", vector_D=vector_D, model=model))
    live = LiveKeeper(holding := Holding(), state, Catalogue(catalogue))  # type: ignore[arg-type]
    live.stop()
    ours, theirs = holding.documents["ours"], holding.documents["theirs"]
    assert ours.vector_D is not None
    assert (ours.vector_D.tolist(), ours.picture) == (vector_D.tolist(), None)
    assert (theirs.vector_D, theirs.picture) == (None, b"picture of it")
    assert (
        holding.documents[BAR].picture == Catalogue(catalogue).picture(BAR) != holding.documents[DISC].picture is None
    )


def test_boards_outlive_the_process_that_knows_them_and_go_with_the_person(catalogue: Path, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}"
    state = open_state(address)
    for board, item_id in (("odd", BAR), ("odd", DISC), ("even", BAR)):
        state.boards.add("mia", board, item_id)
    for _ in range(2):  # the second process knows what the first did
        live = LiveKeeper(holding := Holding(), open_state(address), Catalogue(catalogue))  # type: ignore[arg-type]
        assert holding.boards == {"mia/odd": [BAR, DISC], "mia/even": [BAR]}
        live.stop()
    live = LiveKeeper(holding := Holding(), open_state(address), Catalogue(catalogue))  # type: ignore[arg-type]
    state.boards.drop("mia", "odd")
    live.catch_up()
    assert holding.boards == {"mia/even": [BAR]}
    state.boards.forget("mia")
    live.catch_up()
    assert holding.boards == {}
    live.stop()
    state.close()


def test_a_board_can_be_deleted(discovery: TestClient) -> None:
    for board, item_id in (("calm", BAR), ("calm", DISC), ("loud", BAR)):
        assert discovery.put(f"/v1/users/eve/boards/{board}/items/{item_id}").status_code == 204
    assert discovery.delete("/v1/users/eve/boards/calm").status_code == 204
    answer = discovery.delete("/v1/users/eve/boards/calm")
    assert (answer.status_code, "'calm'" in answer.json()["error"]) == (404, True)
    assert discovery.get("/v1/users/eve/boards/calm").status_code == 404
    assert [board["name"] for board in discovery.get("/v1/users/eve/boards").json()["boards"]] == ["loud"]
    assert discovery.get(f"/v1/items/{DISC}").status_code == 200


def test_a_board_of_deleted_items_is_listed_once_one_is_back(discovery: TestClient) -> None:
    sent = {"files": {"picture": drawn((9, 90, 200))}, "data": {"title": "Comes back"}}
    boards = "/v1/users/ben/boards"
    assert discovery.put("/v1/items/back-1", **sent).status_code == 201
    for board, item_id in (("brief", "back-1"), ("both", "back-1"), ("both", BAR)):
        assert discovery.put(f"{boards}/{board}/items/{item_id}").status_code == 204
    assert discovery.delete("/v1/items/back-1").status_code == 204
    (summary,) = discovery.get(boards).json()["boards"]
    assert (summary["name"], summary["count"], summary["covers"][0]["item_id"]) == ("both", 1, BAR)
    assert discovery.get(f"{boards}/brief").json()["items"] == []
    assert discovery.put("/v1/items/back-1", **sent).status_code == 201
    listed = discovery.get(boards).json()["boards"]
    assert [(board["name"], board["count"]) for board in listed] == [("both", 2), ("brief", 1)]
    assert discovery.delete("/v1/items/back-1").status_code == 204
    assert discovery.delete(f"{boards}/brief").status_code == 204  # also while it is not listed


def test_boards_are_bounded(discovery: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.discovery.boards.MOST", 2)
    statuses = [
        discovery.put(f"/v1/users/max/boards/{board}/items/{item_id}").status_code
        for board, item_id in (("one", BAR), ("other", BAR), ("one", DISC))
    ]
    assert statuses == [204, 204, 422]
    assert discovery.delete(f"/v1/users/max/boards/one/items/{BAR}").status_code == 204
    assert discovery.put(f"/v1/users/max/boards/one/items/{DISC}").status_code == 204
