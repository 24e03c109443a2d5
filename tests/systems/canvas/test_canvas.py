"""Canvas learns, answers each task as asked, keeps what it is given, and refuses what it cannot make."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from torch import Tensor, nn

from components.learning.export import write_onnx
from components.message import PICTURE, Message, Part
from components.system import load_system
from components.systems.canvas.conditions import DESCRIPTION
from components.systems.canvas.config import FlowConfig, NetworkConfig, SecondEncoderConfig
from components.systems.canvas.features import second_encoder
from components.systems.canvas.masks import beside_product, extended, marked
from components.systems.canvas.network import VelocityNetwork
from components.systems.canvas.predictor import MASK, CanvasPredictor, open_bundle
from components.systems.canvas.sampler import NETWORK, STUDENT, Sampler
from components.systems.canvas.sheets import SAMPLES
from components.systems.canvas.student import Trajectories
from components.systems.canvas.task import FlowLoss, masks
from components.systems.canvas.types import Request
from data.errors import UserError
from data.files import sha256_file
from data.images.provenance import MADE, SOURCE_TYPE, is_made
from tests.pictures import small_dataset

SETTINGS = {
    "network": {"width": 16, "blocks": 1, "size_px": 32},
    "flow": {"attributes": ["colour"]},
    "training": {"epochs": 1, "batch_size": 12, "learning_rate": 0.002, "weight_decay": 0.01, "patience": 1},
    "student": {"pictures": 8, "epochs": 1},
    "upsampler": {"width": 8, "epochs": 1},
    "evaluation": {"steps": 2},
    "offer": {"refused": ["water gun"]},
}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CanvasPredictor]:
    folder = tmp_path_factory.mktemp("canvas")
    system = load_system("canvas")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_HOME", str(folder / "home"))
        for name in ("work", "bundle"):
            (folder / name).mkdir()
        config = system.Config.model_validate(SETTINGS)
        system.fit(small_dataset(folder / "data"), config, folder / "work", folder / "bundle", lambda *_: None)
        with Image.open(folder / "bundle" / SAMPLES) as samples:
            assert samples.size == (10 * 32, 32)  # one validation, ten seeds
        yield open_bundle(folder / "bundle")


def png(pixels: np.ndarray) -> Part:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return Part(file.getvalue(), "image/png")


def frames(kind: str) -> Part:
    """Two pictures in one file: an animation, but of a JPEG, whose second picture no browser shows."""
    file, (first, second) = io.BytesIO(), (Image.new("RGB", (40, 40), colour) for colour in ("red", "blue"))
    first.save(file, kind, save_all=True, append_images=[second])
    return Part(file.getvalue(), {"MPO": "image/jpeg"}.get(kind, f"image/{kind.lower()}"))


def product() -> np.ndarray:
    """A dark square on white, 48 x 60 px, with a white hole that the backdrop does not reach."""
    pixels = np.full((48, 60, 3), 255, np.uint8)
    pixels[10:38, 15:45] = np.random.default_rng(0).integers(0, 200, (28, 30, 3))
    pixels[20:24, 25:30] = 255
    return pixels


def asked(predictor: CanvasPredictor, parts: dict[str, Part] | None = None, **fields: Any) -> tuple[Any, np.ndarray]:
    answer = predictor.answer(Message(Request(**{"steps": 2, **fields}), parts or {}))
    with Image.open(io.BytesIO(answer.parts[PICTURE].content)) as image:
        return answer.fields, np.asarray(image)


def test_same_seed_same_picture_whatever_is_made_beside_it(predictor: CanvasPredictor) -> None:
    requests = [Message(Request(seed=seed, steps=2)) for seed in (1, 2, 1)]
    first, second, again = (one.parts[PICTURE].content for one in predictor.answers(requests))  # type: ignore[union-attr]
    assert first == again
    assert first != second
    assert asked(predictor, seed=1)[1].shape == (64, 64, 3)  # made larger


def test_the_student_makes_a_picture_in_few_steps_and_says_where_there_is_none(predictor: CanvasPredictor) -> None:
    pictures = [asked(predictor, student_steps=steps, seed=3)[1] for steps in (1, 2, 4)]
    assert len({picture.tobytes() for picture in pictures}) == 3
    mask = np.zeros((48, 60), np.uint8)
    mask[5:20, 5:20] = 255
    _, made = asked(predictor, {PICTURE: png(product()), MASK: png(mask)}, task="fill", student_steps=2)
    assert (made[mask == 0] == product()[mask == 0]).all()
    sampler = predictor.sampler
    without = CanvasPredictor(Sampler(None, sampler.size_px, sampler.conditions, "none"))
    with pytest.raises(UserError, match=r"this model has no student"):
        without.begin(Message(Request(student_steps=2)))


def test_a_bundle_whose_student_is_missing_says_so(tmp_path: Path) -> None:
    (tmp_path / DESCRIPTION).write_text(
        json.dumps({"values": {}, "words": False, "networks": [NETWORK, STUDENT], "refused": [], "mark": False})
    )
    (tmp_path / NETWORK).touch()
    with pytest.raises(UserError, match=r"student\.onnx is missing"):
        open_bundle(tmp_path)


def test_the_loss_is_where_the_pictures_are() -> None:
    network = VelocityNetwork(NetworkConfig(width=16, blocks=1, size_px=32), 3)
    loss = FlowLoss(network.to("meta"), FlowConfig(), (3,))
    batch = torch.zeros(2, 32, 32, 3, dtype=torch.uint8, device="meta"), torch.zeros(2, 3, device="meta")
    for generator in (None, torch.Generator().manual_seed(0)):
        assert loss(batch, generator).device.type == "meta"


def test_a_student_goes_in_one_step_where_the_flow_goes_in_several(predictor: CanvasPredictor) -> None:
    """Segments of a trajectory, each of which ends where the next begins."""
    sampler, condition_K = predictor.sampler, np.zeros(predictor.sampler.conditions.dim, np.float32)
    states = [sampler.noise(5), *(x_3SS for x_3SS, _ in sampler.trajectory(condition_K, 5, 12, 1.0))][::3]
    segments = Trajectories(
        np.concatenate([*states, sampler.known(None, None)])[None].astype(np.float16), condition_K[None]
    )
    assert len(segments) == 7
    x_N3SS, t_N, condition_NK, known_N4SS, leads_N3SS, length_N = segments.__getitems__(list(range(7)))
    assert sorted(zip(t_N.tolist(), length_N.tolist(), strict=True)) == [
        (0.0, 0.25),
        (0.0, 0.5),
        (0.0, 1.0),
        (0.25, 0.25),
        (0.5, 0.25),
        (0.5, 0.5),
        (0.75, 0.25),
    ]
    assert (known_N4SS[:, 3] == 1).all()
    for row, (t, length) in enumerate(zip(t_N.tolist(), length_N.tolist(), strict=True)):
        assert np.allclose(x_N3SS[row], states[round(4 * t)], atol=0.01)
        assert np.allclose(leads_N3SS[row], states[round(4 * (t + length))], atol=0.01)
        assert (condition_NK[row, -3:].numpy() == (np.array([1, 2, 4]) == 1 / length)).all()


def test_a_made_picture_says_so(predictor: CanvasPredictor) -> None:
    answer = predictor.answer(Message(Request(seed=9, steps=1)))
    with Image.open(io.BytesIO(answer.parts[PICTURE].content)) as image:
        told = json.loads(image.info[MADE])
        assert told == {"generated": True, "model": predictor.sampler.model, "seed": 9, "task": "generate"}
        assert SOURCE_TYPE in image.info["XML:com.adobe.xmp"]


def test_webp_says_so_too_and_shows_the_same(predictor: CanvasPredictor) -> None:
    part = predictor.answer(Message(Request(seed=9, steps=1, format="webp"))).parts[PICTURE]
    assert part.media_type == "image/webp"
    assert is_made(part.content)
    with Image.open(io.BytesIO(part.content)) as image:
        assert image.format == "WEBP"
        assert (np.asarray(image) == asked(predictor, seed=9, steps=1)[1]).all()


def test_the_mark_covers_what_was_made_alone() -> None:
    pixels, mask = product(), np.zeros((48, 60), bool)
    mask[10:30, 15:40] = True
    changed = (marked(pixels, mask) != pixels).any(axis=2)
    assert changed[20:30, 28:40].mean() > 0.5
    assert not changed[~mask].any()


def test_the_product_stays_as_it_is_on_a_new_background(predictor: CanvasPredictor) -> None:
    pixels = product()
    fields, made = asked(predictor, {PICTURE: png(pixels)}, task="background")
    kept = ~beside_product(pixels)
    assert kept[10:38, 15:45].all()
    assert kept.sum() == 28 * 30
    assert (made[kept] == pixels[kept]).all()
    assert fields.made_px == 48 * 60 - 28 * 30
    assert (made[~kept] != 255).any()


def test_fills_the_mask_alone_and_extends_around_the_picture(predictor: CanvasPredictor) -> None:
    pixels, mask = product(), np.zeros((48, 60), np.uint8)
    mask[5:20, 5:20] = 255
    _, made = asked(predictor, {PICTURE: png(pixels), MASK: png(mask)}, task="fill")
    assert (made[mask == 0] == pixels[mask == 0]).all()
    fields, made = asked(predictor, {PICTURE: png(pixels)}, task="extend", aspect=2.0)
    assert (fields.width_px, fields.height_px) == (96, 48)
    assert (made[:, 18:78] == pixels).all()


@pytest.mark.parametrize(
    ("fields", "parts", "message"),
    [
        ({"category": "spaceship"}, {}, "unknown category 'spaceship'; known: "),
        ({"attributes": {"smell": "sweet"}}, {}, "unknown attribute 'smell'"),
        ({"words": "a red dress"}, {}, "reads no words"),
        ({"task": "fill"}, {}, "needs a picture"),
        ({"task": "fill"}, {PICTURE: png(product())}, "the part mask goes with"),
        ({"task": "fill"}, {PICTURE: png(product()), MASK: png(np.ones((9, 9), np.uint8))}, "the mask has 9 x 9 px"),
        ({"task": "fill"}, {PICTURE: png(product()), MASK: png(np.zeros((48, 60), np.uint8))}, "the mask is empty"),
        ({"task": "fill"}, {PICTURE: png(product()), MASK: png(np.full((48, 60), 255, np.uint8))}, "covers the whole"),
        ({"task": "fill"}, {PICTURE: png(product()), MASK: Part(b"mask", "image/png")}, "no PNG that can be read"),
        ({"task": "background"}, {PICTURE: png(np.zeros((40, 40, 3), np.uint8))}, "no product on a white backdrop"),
        ({"task": "extend"}, {PICTURE: png(product())}, "the field aspect goes with"),
        ({"task": "extend", "aspect": 1.25}, {PICTURE: png(product())}, "has the aspect ratio 1.25"),
        ({"task": "background"}, {PICTURE: png(np.zeros((1, 2000, 3), np.uint8))}, "at least 16 px"),
        ({"task": "extend", "aspect": 2.0}, {PICTURE: frames("WEBP")}, "the picture is animated"),
        ({"task": "extend", "aspect": 2.0}, {PICTURE: frames("PNG")}, "the picture is animated"),
        ({}, {PICTURE: png(product())}, "takes no picture"),
        ({"words": "A WATER-gun, red"}, {}, "makes no pictures of 'water gun'"),
    ],
)
def test_requests_that_cannot_be_met(
    predictor: CanvasPredictor, fields: dict[str, Any], parts: dict[str, Part], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        predictor.answer(Message(Request(**fields), parts))


@pytest.mark.parametrize("wrong", [{"steps": 10_000}, {"guidance": float("nan")}, {"seed": -1}, {"aspect": 0.01}])
def test_fields_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Request(**wrong)


def test_a_picture_with_a_second_one_or_a_damaged_comment_behind_it_is_a_picture(predictor: CanvasPredictor) -> None:
    commented = png(product()).content
    after_header = commented.index(b"IDAT") - 4
    broken = Part(commented[:after_header] + b"\0\0\0\1tEXtxcrc." + commented[after_header:], "image/png")
    for part in (frames("MPO"), broken):
        assert asked(predictor, {PICTURE: part}, task="extend", aspect=3.0)[1].shape[1] > 60


def test_extends_upwards_too() -> None:
    whole, mask = extended(product(), 0.5)
    assert whole.shape == (120, 60, 3)
    assert not mask[36:84].any()
    assert mask[:36].all()
    assert mask[84:].all()


def test_masks_in_training_hide_all_a_box_or_all_but_one() -> None:
    assert masks(4, 16, 0.0, None).min() == 1
    shares = masks(200, 16, 1.0, None).mean(dim=(1, 2, 3))
    assert shares.min() > 0
    assert shares.max() < 1
    assert (shares > 0.5).any()
    assert (shares < 0.3).any()


def test_a_second_encoder_reads_pictures_of_its_own_size_and_is_the_file_that_was_named(tmp_path: Path) -> None:
    class Colours(nn.Module):
        def forward(self, pixels_NHWC: Tensor) -> Tensor:
            return pixels_NHWC.float().mean((1, 2))

    path = tmp_path / "embed.onnx"
    sample = {"pixels_NHWC": torch.randint(0, 256, (3, 8, 8, 3), dtype=torch.uint8)}
    write_onnx(Colours(), sample, ["embedding_ND"], {"pixels_NHWC": {0: "N"}}, path)
    red_NSS3 = np.zeros((2, 32, 32, 3), np.uint8)
    red_NSS3[..., 0] = 200
    known = SecondEncoderConfig(path=str(path), sha256=sha256_file(path))
    assert second_encoder(known)(red_NSS3) == pytest.approx(np.array([[3**0.5, 0, 0]] * 2))
    with pytest.raises(UserError, match=r"embed\.onnx has another sha256 than evaluation\.second_encoder\.sha256 says"):
        second_encoder(known.model_copy(update={"sha256": "0" * 64}))
    with pytest.raises(UserError, match=r"is missing; name the embed\.onnx of a bundle"):
        second_encoder(known.model_copy(update={"path": str(tmp_path / "no.onnx")}))
