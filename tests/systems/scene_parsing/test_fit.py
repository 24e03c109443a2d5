"""Training, export and evaluation of scene parsing on a small data set of real files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from components.message import answer_one, pictured
from components.system import load_system
from components.systems.scene_parsing.config import Config, NetworkConfig
from components.systems.scene_parsing.network import ParsingNetwork, ServedNetwork
from components.systems.scene_parsing.train import export
from data.dataset import Dataset
from tests.pictures import CATEGORIES
from tests.systems.scene_parsing.settings import SETTINGS

SYSTEM = load_system("scene-parsing")
Fitted = tuple[Dataset, Path, list[Any]]


def test_progress_tells_every_epoch_with_its_figures(fitted: Fitted) -> None:
    epochs = [what for what in fitted[2] if what[0] == "fit"]
    assert [done for _, done, _, _ in epochs] == list(range(1, SETTINGS["training"]["epochs"] + 1))
    assert {"train/loss", "validation/mean_iou"} <= set(epochs[-1][3])


def test_it_learns_the_shapes(fitted: Fitted, tmp_path: Path) -> None:
    dataset, bundle, _ = fitted
    found = SYSTEM.evaluate(bundle, dataset, Config.model_validate(SETTINGS), tmp_path, lambda *_: None)
    totals = {name: figure.value for name, figure in found.totals().items()}
    assert totals["mean_iou"] > max(0.5, totals["mean_iou.position"] + 0.1)
    assert totals["box_map_50"] > 0.3
    assert {f"iou_{label}" for label in ("background", *CATEGORIES)} <= set(totals)
    assert set(found.slices) == {"size", "labels"}
    assert set(found.pictures) == {"best.png", "median.png", "worst.png", "labels.png"}
    for name in found.pictures:
        with Image.open(tmp_path / name) as picture:
            assert min(picture.size) > 150
            assert len(picture.convert("RGB").getcolors(2**24)) > 50  # not a blank sheet


@pytest.mark.parametrize(("name", "mirrored"), [("test_resnet", True), ("test_efficientnet", False)])
def test_the_exported_network_takes_any_size(name: str, mirrored: bool, tmp_path: Path) -> None:
    """`export` compares three sizes with torch and raises where they differ."""
    torch.manual_seed(0)
    config = NetworkConfig(name=name, weights="scratch", dim=8, mirrored=mirrored)
    served = ServedNetwork(ParsingNetwork(config, 4, True, 3).eval(), mirrored)
    assert export(served, tmp_path / "parse.onnx") < 1e-4


def test_a_mirror_image_gives_mirrored_maps() -> None:
    torch.manual_seed(0)
    config = NetworkConfig(name="test_resnet", weights="scratch", dim=8, mirrored=True)
    served = ServedNetwork(ParsingNetwork(config, 4, True, 3).eval(), True)
    pixels_NHW3 = torch.randint(0, 256, (1, 64, 96, 3), dtype=torch.uint8)
    with torch.inference_mode():
        straight, mirrored = served(pixels_NHW3), served(pixels_NHW3.flip(2))
    for one, other in zip(straight, mirrored, strict=True):
        sign = torch.ones(one.shape[1]).view(-1, 1, 1)
        if one.shape[1] == 3 and one is straight[1]:
            sign[2] = -1
        assert torch.allclose(one, other.flip(3) * sign, atol=1e-4)


def test_padding_worked_out_beforehand_changes_nothing() -> None:
    """`tf_` models pad by the size of what they see; ours by a fixed number, where sides are multiples of 32."""
    import timm

    torch.manual_seed(0)
    config = NetworkConfig(name="tf_efficientnet_lite0", weights="scratch", dim=8)
    network = ParsingNetwork(config, 2, False, 0).eval()
    torch.manual_seed(0)
    plain = timm.create_model("tf_efficientnet_lite0", features_only=True, out_indices=(1, 2, 3, 4)).eval()
    x = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        assert all(torch.equal(one, other) for one, other in zip(network.encoder(x), plain(x), strict=True))


def test_frozen_scales_keep_their_weights_and_statistics() -> None:
    config = NetworkConfig(name="test_resnet", weights="scratch", dim=8, frozen=2)
    network = ParsingNetwork(config, 2, False, 0).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network(torch.randint(0, 256, (2, 3, 64, 64))).logits_NLhw.square().mean().backward()
    optimizer.step()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert not {name for name in changed if name.startswith(("encoder.conv1", "encoder.bn1", "encoder.layer1"))}
    assert {name for name in changed if name.startswith("encoder.layer2")}


def test_what_attributes_say_of_a_region(fitted: Fitted) -> None:
    """The colour of a shape is as easy as anything can be."""
    dataset, bundle, _ = fitted
    predictor = SYSTEM.open_bundle(bundle)
    items = [item for item in dataset.table("items").to_pylist() if item["split"] == "train"]
    right = []
    for item in items:
        picture = dataset.file(item["image"]).read_bytes()
        regions = answer_one(predictor.answers, pictured(SYSTEM.Request(), picture)).fields.regions
        right += [region.attributes["colour"] == dict(item["attributes"])["colour"] for region in regions]
    assert np.mean(right) > 0.9
