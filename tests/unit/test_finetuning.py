"""Fine-tuning: what learns how fast, what stays as it is, and features that are computed once."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import nn

from components.learning.config import FineTuningConfig, TrainingConfig
from components.learning.features import FeaturePictures, cached_features
from components.learning.finetuning import freeze, keep_statistics, learning_rates
from components.learning.optimizer import one_cycle_adamw
from data.errors import UserError

LAYERS = ("conv1", "layer1", "layer2", "layer3", "layer4")  # of test_resnet, from the stem up


def tuning(**facts: Any) -> FineTuningConfig:
    return FineTuningConfig.model_validate({"head_epochs": 1, "head_learning_rate": 0.1, "layer_decay": 0.5} | facts)


@pytest.fixture
def encoder() -> Any:
    torch.manual_seed(0)
    return timm.create_model("test_resnet", num_classes=0)


def test_rates_halve_from_layer_to_layer(encoder: Any) -> None:
    rates = learning_rates(encoder, tuning(), "encoder.")
    assert rates["encoder.layer4.0.conv1.weight"] == 0.5
    assert rates["encoder.layer3.0.bn1.bias"] == 0.25
    assert rates["encoder.layer1.0.conv2.weight"] == 0.0625
    assert rates["encoder.conv1.0.weight"] == 0.03125
    assert len(rates) == len(list(encoder.parameters()))


def test_the_optimiser_learns_at_these_rates() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    config = TrainingConfig(epochs=1, batch_size=2, learning_rate=0.01, weight_decay=0.1, patience=1)
    made = one_cycle_adamw(model, config, 10, {"0.weight": 0.25, "0.bias": 0.25})
    peaks = {
        id(parameter): (group["max_lr"], group["weight_decay"])
        for group in made["optimizer"].param_groups
        for parameter in group["params"]
    }
    assert peaks == {
        id(model[0].weight): (0.0025, 0.1),
        id(model[0].bias): (0.0025, 0.0),
        id(model[1].weight): (0.01, 0.1),
        id(model[1].bias): (0.01, 0.0),
    }


def test_the_lowest_layers_keep_their_weights(encoder: Any) -> None:
    freeze(encoder, tuning(frozen=2))
    learning = {name.split(".")[0] for name, parameter in encoder.named_parameters() if parameter.requires_grad}
    assert learning == set(LAYERS[2:])
    with pytest.raises(UserError, match="frozen is 5, and the encoder has 5 layers"):
        freeze(encoder, tuning(frozen=5))


def test_statistics_of_the_pretraining_stay(encoder: Any) -> None:
    before = {name: tensor.clone() for name, tensor in encoder.named_buffers()}
    encoder.train()
    keep_statistics(encoder)
    encoder(torch.rand(4, 3, 32, 32))
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.named_buffers())
    encoder.train()
    encoder(torch.rand(4, 3, 32, 32))
    assert not all(torch.equal(tensor, before[name]) for name, tensor in encoder.named_buffers())


def test_features_are_computed_once_and_anew_for_other_weights(encoder: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8))
    pixels_NSS3 = np.load(tmp_path / "pictures.npy", mmap_mode="r")
    told: list[tuple[int, int]] = []
    encode = nn.Sequential(_Scaled(), encoder)

    def features() -> np.ndarray:
        return cached_features(encode, pixels_NSS3, tmp_path / "cache", lambda *place: told.append(place))

    first, again = features(), features()
    assert told == [(5, 5)]
    assert np.array_equal(first, again)
    assert encode.training
    with torch.inference_mode():
        expected = encode.eval()(torch.tensor(np.array(pixels_NSS3)).permute(0, 3, 1, 2)).numpy()
    assert np.allclose(expected, first, atol=1e-5)
    with torch.no_grad():
        encoder.conv1[0].weight.mul_(2)
    assert not np.allclose(features(), first)
    assert len(list((tmp_path / "cache").iterdir())) == 2


class _Scaled(nn.Module):
    def forward(self, pixels_N3SS: torch.Tensor) -> torch.Tensor:
        return pixels_N3SS.float() / 255


def test_a_batch_of_features_is_that_of_its_rows() -> None:
    features_NF, label_NL = np.arange(8, dtype=np.float32).reshape(4, 2), np.arange(4)[:, None]
    pictures = FeaturePictures(features_NF, label_NL)
    for places in ([3, 1], [(7, 3), (7, 1)]):
        features, labels = pictures.__getitems__(places)
        assert features.tolist() == [[6, 7], [2, 3]]
        assert labels.tolist() == [[3], [1]]
