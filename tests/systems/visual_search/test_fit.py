"""Training, export and evaluation of visual search on a small data set of real files."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
import safetensors.torch
import timm
import torch
from PIL import Image
from pydantic import ValidationError

from components.golden import changes
from components.lifecycle.distributed import train_together
from components.lifecycle.training import limited_to
from components.system import load_system
from components.systems.visual_search.config import Config
from components.systems.visual_search.goldens import golden_requests
from components.systems.visual_search.measure import evaluate
from components.systems.visual_search.network import Head
from components.systems.visual_search.predictor import open_bundle
from components.systems.visual_search.train import fit
from components.systems.visual_search.types import Request
from data.dataset import open_dataset
from data.errors import UserError
from data.files import sha256_file, sha256_tree
from tests.pictures import CATEGORIES, small_dataset

SETTINGS = {
    "network": {"name": "test_resnet", "weights": "scratch", "dim": 32},
    "pictures": {"cache_px": 48, "train_px": [32, 40], "serve_px": 40},
    "loss": {"metric": "supervised_contrastive", "cutmix": 0.3},
    "training": {"epochs": 6, "batch_size": 12, "learning_rate": 0.003, "weight_decay": 0.01, "patience": 6},
}
FIT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from components.systems.visual_search.config import Config
from components.systems.visual_search.train import fit
from tests.pictures import small_dataset
from tests.systems.visual_search.test_fit import SETTINGS
folder = Path({folder!r})
from data.dataset import open_dataset
fit(open_dataset("small", folder / "data", "seed-0"), Config.model_validate(SETTINGS), folder / "work",
    folder / "bundle", lambda what, done, total, figures: print(what, done, flush=True))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("visual-search")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_HOME", str(folder / "home"))
        yield folder


@pytest.fixture(scope="module")
def fitted(home):
    dataset = small_dataset(home / "data")
    told = []
    (home / "work").mkdir()
    (home / "bundle").mkdir()
    fit(dataset, Config.model_validate(SETTINGS), home / "work", home / "bundle", lambda *what: told.append(what))
    return dataset, home / "bundle", told


def test_progress_tells_every_epoch_with_its_figures(fitted):
    epochs = [what for what in fitted[2] if what[0] == "fit"]
    assert [done for _, done, _, _ in epochs] == [1, 2, 3, 4, 5, 6]
    assert {"train/loss", "validation/top_1", "validation/recall_at_1"} <= set(epochs[-1][3])


def test_it_learns_the_shapes(fitted):
    dataset, bundle, _ = fitted
    found = evaluate(bundle, dataset, Config.model_validate(SETTINGS), bundle.parent / "evaluation", lambda *_: None)
    totals = found.totals()
    assert totals["recall_at_1"].value > 0.6  # a third by chance
    assert set(found.examples["category"]) == set(CATEGORIES)
    for name in found.pictures:
        with Image.open(bundle.parent / "evaluation" / name) as picture:
            assert min(picture.size) > 200


def test_bundle_answers_its_goldens_and_excludes_the_item_itself(fitted):
    dataset, bundle, _ = fitted
    predictor = open_bundle(bundle)
    for golden in golden_requests(bundle, dataset):
        assert not changes(load_system("visual-search"), predictor, golden)
    hits = predictor.answer(Request(item_id="bar-train-000", k=100)).hits
    assert len(hits) == 47
    assert "bar-train-000" not in {hit.item_id for hit in hits}
    assert {hit.attributes["colour"] for hit in predictor.answer(_red("bar-train-000")).hits} == {"red"}


def _red(item_id):
    return Request(item_id=item_id, filters={"colour": "red"})


def test_a_gallery_vector_is_what_the_predictor_makes_of_its_picture(fitted):
    dataset, bundle, _ = fitted
    predictor = open_bundle(bundle)
    vector_1D, _ = predictor.embedder.embed_picture(dataset.file("images/disc-train-003.jpg").read_bytes())
    row = predictor.index.row_of["disc-train-003"]
    assert np.allclose(predictor.index.vectors()[row], vector_1D[0], atol=1e-4)


def test_exported_network_carries_no_trace_of_the_machine(fitted):
    content = (fitted[1] / "embed.onnx").read_bytes()
    assert str(Path(__file__).parents[3]).encode() not in content
    assert b"site-packages" not in content
    onnx.checker.check_model(onnx.load_from_string(content))


def test_killed_training_resumes_and_ends_in_the_same_bundle(fitted, home, tmp_path):
    for name in ("work", "bundle"):
        (tmp_path / name).mkdir()
    (tmp_path / "data").symlink_to(home / "data")
    script = FIT.format(root=str(Path(__file__).parents[3]), folder=str(tmp_path))
    environment = {**os.environ, "CORKBOARD_HOME": str(home / "home")}
    command = [sys.executable, "-W", "ignore", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True, start_new_session=True) as first:
        for line in first.stdout:
            if line.startswith("fit 3"):
                break
        time.sleep(0.05)
        os.killpg(first.pid, signal.SIGKILL)
    assert not list((tmp_path / "bundle").iterdir())
    dataset, epochs = open_dataset("small", tmp_path / "data", "seed-0"), []
    config = Config.model_validate(SETTINGS)
    fit(dataset, config, tmp_path / "work", tmp_path / "bundle", lambda *what: epochs.append(what[:2]))
    resumed = [done for what, done in epochs if what == "fit"]
    assert 1 not in resumed
    assert resumed[-1] == 6
    assert sha256_tree(tmp_path / "bundle") == sha256_tree(home / "bundle")


def test_two_processes_train_together(fitted, tmp_path):
    for name in ("work", "bundle"):
        (tmp_path / name).mkdir()
    training = SETTINGS["training"] | {"epochs": 2, "processes": 2}
    config = limited_to("visual-search", SETTINGS | {"training": training}, SETTINGS)
    told = []
    train_together(
        "visual-search", fitted[0], config, tmp_path / "work", tmp_path / "bundle", {}, lambda *what: told.append(what)
    )
    assert [done for what, done, *_ in told if what == "fit"] == [1, 2]
    assert golden_requests(tmp_path / "bundle", fitted[0])
    with pytest.raises(ValidationError, match="batch_size 12 cannot be shared by 5 processes"):
        Config.model_validate(SETTINGS | {"training": training | {"processes": 5}})


@pytest.fixture(scope="module")
def tuned(fitted, home):
    """The settings of an encoder with weights, its bundle, and a second one of the same settings."""
    torch.manual_seed(3)
    safetensors.torch.save_file(timm.create_model("test_resnet").state_dict(), home / "weights.safetensors")
    weights = {
        "weights": str(home / "weights.safetensors"),
        "weights_sha256": sha256_file(home / "weights.safetensors"),
    }
    settings = {
        "network": SETTINGS["network"] | weights,
        "pictures": SETTINGS["pictures"] | {"framing": "crop", "strength": 0.2, "erased": 0.0, "recoloured": False},
        "loss": {"metric": "supervised_contrastive", "attributes": ["colour"], "proxy_weight": 1.0},
        "fine_tuning": {"head_epochs": 8, "head_learning_rate": 0.01, "frozen": 1, "layer_decay": 0.7},
        "training": SETTINGS["training"] | {"epochs": 3},
        "evaluation": {"attributes": ["colour"]},
    }
    told = {}
    for name in ("tuned", "again"):
        (home / name / "work").mkdir(parents=True)
        (home / name / "bundle").mkdir()
        told[name] = []
        config = Config.model_validate(settings)
        fit(
            fitted[0],
            config,
            home / name / "work",
            home / name / "bundle",
            lambda *what, on=name: told[on].append(what),
        )
    return settings, home / "tuned" / "bundle", home / "again" / "bundle", told


def test_tuning_trains_the_head_first_and_encodes_once(tuned):
    what = {name: [step[0] for step in steps] for name, steps in tuned[3].items()}
    assert what["tuned"].count("head") == 8
    assert what["tuned"].count("fit") == 3
    assert what["tuned"].index("fit") > len(what["tuned"]) - what["tuned"][::-1].index("head") - 1
    assert "encode" in what["tuned"]
    assert "encode" not in what["again"]
    assert sha256_tree(tuned[1]) == sha256_tree(tuned[2])


def test_recall_of_category_and_attribute_is_reported(tuned, fitted, home):
    settings, bundle, *_ = tuned
    found = evaluate(bundle, fitted[0], Config.model_validate(settings), home / "evaluation-tuned", lambda *_: None)
    totals = found.totals()
    joint = totals["recall_at_1.category_and_colour"].value
    assert 1 / 6 < joint <= totals["recall_at_1"].value  # a sixth by chance


def test_the_bundle_knows_how_its_pictures_are_framed(tuned, fitted):
    wide = Image.new("RGB", (120, 40), "white")
    wide.paste((200, 0, 0), (0, 0, 40, 40))
    content = io.BytesIO()
    wide.save(content, "PNG")
    cropping, squashing = (open_bundle(bundle).embedder for bundle in (tuned[1], fitted[1]))
    assert cropping.square(content.getvalue()).min() == 255
    assert squashing.square(content.getvalue()).min() < 255


def test_settings_that_do_not_fit_are_refused(tuned, fitted, tmp_path):
    settings = tuned[0]
    with pytest.raises(ValidationError, match="fine_tuning needs an encoder with weights"):
        Config.model_validate(settings | {"network": SETTINGS["network"]})
    with pytest.raises(ValidationError, match="cutmix mixes pictures of one label"):
        Config.model_validate(settings | {"loss": {"attributes": ["colour"], "cutmix": 0.5}})
    unknown = Config.model_validate(settings | {"loss": {"attributes": ["weight"]}})
    with pytest.raises(UserError, match="has the attribute 'weight'"):
        fit(fitted[0], unknown, tmp_path, tmp_path, lambda *_: None)


def test_similarity_is_the_mean_of_the_parts_by_their_weights():
    torch.manual_seed(0)
    head = Head(features=6, dim=8, values=[3, 4], attribute_weight=0.5)
    embedding_ND, logits_NV = head(torch.rand(2, 6))
    assert logits_NV.shape == (2, 7)
    category_ND, colour_ND = head.parts(embedding_ND)
    assert category_ND.shape == colour_ND.shape == (2, 4)
    expected = (category_ND[0] @ category_ND[1] + 0.5 * colour_ND[0] @ colour_ND[1]) / 1.5
    assert torch.allclose(embedding_ND[0] @ embedding_ND[1], expected, atol=1e-6)
    assert torch.allclose(embedding_ND.norm(dim=1), torch.ones(2))


def test_proxies_are_pulled_to_the_vectors_of_their_label():
    torch.manual_seed(0)
    head = Head(features=4, dim=8, values=[2], attribute_weight=0.5, proxies=True)
    (unit_ND,) = head.parts(head(torch.eye(4)[:2])[0])
    before = head.cosines(unit_ND, 0).diagonal()
    loss = torch.nn.functional.cross_entropy(head.cosines(unit_ND, 0) / 0.15, torch.arange(2))
    loss.backward()
    with torch.no_grad():
        head.proxies[0] -= 0.1 * head.proxies[0].grad
    assert (head.cosines(unit_ND, 0).diagonal() > before).all()
