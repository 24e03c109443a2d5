"""Training, export and explanations of user sequences on a small data set of real tables."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from components.systems.user_sequence.config import Config, NetworkConfig, TowerConfig
from components.systems.user_sequence.goldens import golden_requests
from components.systems.user_sequence.history import NO_TIME, History
from components.systems.user_sequence.network import (
    ItemTower,
    SequenceNetwork,
    ServedUserTower,
    UserTower,
    export_user_tower,
)
from components.systems.user_sequence.predictor import open_bundle
from components.systems.user_sequence.tables import Attributes, read_catalogue
from components.systems.user_sequence.train import fit
from components.systems.user_sequence.transformer import TOWER_INPUTS, packed, packed_parts, packed_together, padded
from components.systems.user_sequence.types import Request
from data.dataset import open_dataset
from data.files import sha256_tree
from tests.pictures import small_dataset

SETTINGS = {
    "network": {"dim": 16, "heads": 2, "layers": 1, "max_length": 6, "dropout": 0.1},
    "loss": {"objective": "all_action", "horizon_days": 4},
    "training": {
        "epochs": 6,
        "batch_size": 24,
        "learning_rate": 0.02,
        "weight_decay": 0.01,
        "patience": 6,
        "ema_decay": 0.5,
        "precision": "32-true",
    },
}
FIT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from components.systems.user_sequence.config import Config
from components.systems.user_sequence.train import fit
from data.dataset import open_dataset
from tests.systems.user_sequence.test_fit import SETTINGS
folder = Path({folder!r})
fit(open_dataset("small", folder / "data", "seed-0"), Config.model_validate(SETTINGS), folder / "work",
    folder / "bundle", lambda what, done, total, figures: print(what, done, flush=True))
"""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user-sequence")
    dataset = small_dataset(folder / "data", 30, 10)
    told = []
    for name in ("work", "bundle"):
        (folder / name).mkdir()
    fit(dataset, Config.model_validate(SETTINGS), folder / "work", folder / "bundle", lambda *what: told.append(what))
    return dataset, folder, told


def test_progress_tells_every_epoch_with_its_figures(fitted) -> None:
    epochs = [what for what in fitted[2] if what[0] == "fit"]
    assert [done for _, done, _, _ in epochs] == [1, 2, 3, 4, 5, 6]
    assert {"train/loss", "validation/hr_at_10", "validation/ndcg_at_10"} <= set(epochs[-1][3])
    assert epochs[-1][3]["train/loss"] < epochs[0][3]["train/loss"]


def test_it_learns_what_people_like(fitted) -> None:
    """People act on one category nine times out of ten, of which a third of the items are."""
    _, folder, _ = fitted
    predictor = open_bundle(folder / "bundle")
    own = []
    for user in range(30):
        answer = predictor.answer(Request(user_id=f"user-{user:02d}", k=5))
        own += [item.item_id.startswith(("bar", "disc", "frame")[user % 3]) for item in answer.items]
    assert np.mean(own) > 0.6


def test_an_item_never_seen_in_training_is_ranked_by_its_attributes(fitted) -> None:
    dataset, folder, _ = fitted
    predictor = open_bundle(folder / "bundle")
    events = dataset.table("events").to_pylist()
    unseen = set(predictor.item_ids) - {event["item_id"] for event in events if event["split"] == "train"}
    attributes = dict(zip(predictor.item_ids, read_catalogue(dataset).attributes, strict=True))
    vector = {
        item_id: predictor.scorer.transformer.vector_ND[predictor.index.row_of[item_id]]
        for item_id in predictor.item_ids
    }
    pairs = [(one, other) for one in unseen for other in unseen if one < other]
    alike = [np.allclose(vector[one], vector[other], atol=1e-5) for one, other in pairs]
    assert alike == [attributes[one] == attributes[other] for one, other in pairs]
    assert True in alike
    assert False in alike


def test_without_the_item_named_first_a_recommendation_loses_most(fitted) -> None:
    _, folder, _ = fitted
    predictor = open_bundle(folder / "bundle")
    ids = ["bar-train-000", "disc-train-001", "disc-train-002", "frame-train-003", "disc-train-004"]

    def scores(kept: list[str]) -> dict[str, float]:
        answer = predictor.answer(Request(actions=[{"item_id": i} for i in kept], k=1000, exclude_history=False))
        return {item.item_id: item.score for item in answer.items}

    actions = [{"item_id": item_id} for item_id in ids]
    explained = predictor.answer(Request(actions=actions, k=20, explain=True)).items
    assert any(len(item.because) > 1 for item in explained)
    full = scores(ids)
    for item in explained:
        drops = [full[item.item_id] - scores([i for i in ids if i != c.item_id])[item.item_id] for c in item.because]
        assert drops == sorted(drops, reverse=True)
        assert all(drop > 0 for drop in drops)
        every = [full[item.item_id] - scores([i for i in ids if i != other])[item.item_id] for other in ids]
        assert not drops or drops[0] == pytest.approx(max(every), abs=1e-4)
        assert sum(cause.share for cause in item.because) <= 1 + 1e-6


def test_bundle_answers_its_goldens(fitted) -> None:
    dataset, folder, _ = fitted
    predictor = open_bundle(folder / "bundle")
    goldens = golden_requests(folder / "bundle", dataset)
    assert len({golden.name for golden in goldens}) == len(goldens) == 11
    for golden in goldens:
        assert predictor.answer(Request(**golden.request)).model_dump(mode="json") == golden.answer


def test_many_histories_are_ranked_as_one_by_one(fitted) -> None:
    _, folder, _ = fitted
    predictor = open_bundle(folder / "bundle")
    generator = np.random.default_rng(0)
    histories = []
    for length in (1, 0, 9, 3, 3):
        item_L = generator.choice(len(predictor.item_ids), length, replace=False)
        histories.append(History(item_L, np.ones(length, int), np.zeros(length, int), np.full(length, NO_TIME)))
    row_BK, score_BK = predictor.rank(predictor.contexts(histories), 7)
    for history, rows, scores in zip(histories, row_BK, score_BK, strict=True):
        actions = [{"item_id": predictor.item_ids[row], "action": predictor.actions[0]} for row in history.item_L]
        answer = predictor.answer(Request(actions=actions, k=7))
        assert [item.score for item in answer.items] == pytest.approx(scores.tolist(), abs=1e-4)
        assert [item.item_id for item in answer.items] == [predictor.item_ids[row] for row in rows]
        assert not set(rows) & set(history.item_L)
    row_BK, score_BK = predictor.rank(predictor.contexts(histories[2:3]), 1000)
    assert (row_BK[0] == -1).sum() == 1000 - len(predictor.item_ids) + 9
    assert np.isneginf(score_BK[0][row_BK[0] == -1]).all()


def test_killed_training_resumes_and_ends_in_the_same_bundle(fitted, tmp_path) -> None:
    for name in ("work", "bundle"):
        (tmp_path / name).mkdir()
    (tmp_path / "data").symlink_to(fitted[1] / "data")
    script = FIT.format(root=str(Path(__file__).parents[3]), folder=str(tmp_path))
    command = [sys.executable, "-W", "ignore", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as first:
        assert first.stdout is not None
        for line in first.stdout:
            if line.startswith("fit 3"):
                break
        time.sleep(0.02)
        os.killpg(first.pid, signal.SIGKILL)
    assert not list((tmp_path / "bundle").iterdir())
    dataset, epochs = open_dataset("small", tmp_path / "data", "seed-0"), []
    config = Config.model_validate(SETTINGS)
    fit(dataset, config, tmp_path / "work", tmp_path / "bundle", lambda *what: epochs.append(what[:2]))
    resumed = [done for what, done in epochs if what == "fit"]
    assert 1 not in resumed
    assert resumed[-1] == 6
    assert sha256_tree(tmp_path / "bundle") == sha256_tree(fitted[1] / "bundle")


def test_exported_tower_carries_no_trace_of_the_machine(fitted) -> None:
    content = (fitted[1] / "bundle" / "query.onnx").read_bytes()
    assert str(Path(__file__).parents[3]).encode() not in content
    assert b"site-packages" not in content
    onnx.checker.check_model(onnx.load_from_string(content))


def _network(layers: int = 1, **settings: float) -> SequenceNetwork:
    torch.manual_seed(1)
    attributes = Attributes(np.array([0, 1, 2, 2]), np.array([0, 1]), ("colour=blue", "colour=red"))
    tower = TowerConfig.model_validate(settings)
    user = UserTower(NetworkConfig(dim=8, heads=2, max_length=9, layers=layers), 3, 2)
    for table in (user.action, user.surface, user.gap):  # as if something had been learned of them
        torch.nn.init.normal_(table.weight)
    for block in user.blocks:
        torch.nn.init.normal_(block.distance_HL)
    return SequenceNetwork(user, ItemTower(tower, 8, torch.tensor([True, True, False]), attributes), 0.1).eval()


@pytest.mark.parametrize("layers", [1, 3])
def test_exported_tower_is_torchs(layers: int, tmp_path) -> None:
    assert export_user_tower(_network(layers), 3, 2, 9, tmp_path / "query.onnx") < 1e-4
    given = onnx.load(tmp_path / "query.onnx").graph.input
    assert tuple(one.name for one in given) == TOWER_INPUTS


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_served_tower_tells_of_packed_histories_what_the_trained_one_tells_of_padded_ones(layers: int) -> None:
    network, generator = _network(layers), np.random.default_rng(0)

    def history(length: int) -> History:
        codes = (generator.integers(0, size, length) for size in (3, 4, 3))
        return History(*codes, generator.integers(0, 10**6, length).cumsum())

    whole = history(9)
    keep_XL = np.concatenate([np.ones((1, 9), bool), whole.item_L != np.unique(whole.item_L)[:, None]])
    parts = [whole.part(keep_L) for keep_L in keep_XL]
    some = [history(length) for length in (4, 1, 9, 12)]
    vector_ND = network.item().detach().numpy()
    alone = packed_parts(whole, keep_XL), packed(some, 9)
    for histories, given in ((parts, alone[0]), (some, alone[1]), ([*parts, *some], packed_together(alone))):
        tokens = padded(histories, 9)
        codes = (tokens.item_BL, tokens.action_BL, tokens.surface_BL, tokens.gap_BL)
        query_BLD = network(torch.from_numpy(vector_ND), *map(torch.from_numpy, codes))
        expected_BD = query_BLD[torch.arange(len(histories)), torch.from_numpy(tokens.length_B) - 1]
        query_BD = ServedUserTower(network)(*map(torch.from_numpy, given.inputs(vector_ND).values()))
        assert query_BD.detach().numpy() == pytest.approx(expected_BD.detach().numpy(), abs=1e-5)


def test_a_position_knows_nothing_of_later_ones() -> None:
    network = _network()
    vector_ND = network.item()
    item_BL, other_BL = torch.tensor([[0, 1, 2, 0]]), torch.tensor([[0, 1, 1, 1]])
    codes_BL = torch.ones_like(item_BL)
    query, other = (network(vector_ND, items, codes_BL, codes_BL, codes_BL) for items in (item_BL, other_BL))
    assert torch.allclose(query[:, :2], other[:, :2], atol=1e-6)
    assert not torch.allclose(query[:, 2:], other[:, 2:], atol=1e-2)


def test_what_was_done_and_where_and_when_is_read() -> None:
    network = _network()
    vector_ND, item_BL = network.item(), torch.tensor([[0, 1]])
    zero, one = torch.zeros_like(item_BL), torch.ones_like(item_BL)
    plain = network(vector_ND, item_BL, zero, zero, zero)
    for codes in ((one, zero, zero), (zero, one, zero), (zero, zero, one)):
        assert not torch.allclose(plain, network(vector_ND, item_BL, *codes), atol=1e-2)


def test_an_item_without_id_and_attributes_has_no_vector_and_a_hidden_id_leaves_the_attributes() -> None:
    network = _network(id_dropout=0.9)
    vector_ND = network.item()
    assert vector_ND.norm(dim=1).tolist() == pytest.approx([1, 1, 0])
    network.train()
    torch.manual_seed(0)
    drawn = torch.stack([network.item() for _ in range(30)])
    hidden = torch.nn.functional.normalize(network.item.attribute.weight[0], dim=0)
    alike = (drawn[:, 0] @ hidden > 0.9999).float().mean().item()
    assert 0.7 < alike < 1
