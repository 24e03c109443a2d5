"""Colours of things, and how much they and looks count for what goes together."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from components.gallery import Gallery
from components.systems.shop_the_look.companions import Companions
from components.systems.shop_the_look.completer import Completer
from components.systems.shop_the_look.config import ItemsConfig
from components.systems.shop_the_look.fit_goods import learn_companions
from components.systems.shop_the_look.goods import Goods
from components.systems.shop_the_look.palette import WORDS, overlap, palette
from components.systems.shop_the_look.types import Piece, Scored
from data.images.oklab import oklab
from data.world.palettes import to_oklab

RED, BLUE, GREY = (200, 30, 40), (30, 60, 200), (128, 128, 128)


def drawn(colour: tuple[int, int, int], backdrop: tuple[int, int, int], size: int = 90) -> bytes:
    image = Image.new("RGB", (size, size), backdrop)
    ImageDraw.Draw(image).ellipse((20, 20, 70, 70), fill=colour)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def goods(colours: int = 2, each: int = 20) -> Goods:
    """Hats and shoes of some colours, `item-C-N` of colour C; looks say nothing."""
    ids = [
        f"{kind}-{colour}-{number}" for kind in ("hat", "shoe") for colour in range(colours) for number in range(each)
    ]
    columns = {"category": [item_id.partition("-")[0] for item_id in ids]}
    palette_NK = np.zeros((len(ids), len(WORDS)), np.float32)
    palette_NK[np.arange(len(ids)), [7 * int(item_id.split("-")[1]) for item_id in ids]] = 1
    vectors_ND = np.ones((len(ids), 2), np.float32)
    columns["sole"] = ["red" if item_id.startswith("shoe-1") else None for item_id in ids]
    return Goods(Gallery.build(vectors_ND, ids, columns), palette_NK)


def test_oklab_is_that_of_its_author() -> None:
    pixels_N3 = np.array([RED, BLUE, GREY, (255, 255, 255), (0, 0, 0)], np.uint8)
    expected = [to_oklab(pixel.astype(np.float32) / 255) for pixel in pixels_N3]
    assert oklab(pixels_N3) == pytest.approx(np.array(expected), abs=1e-4)


def test_a_palette_is_of_the_thing_and_not_of_its_backdrop() -> None:
    on_white, on_blue = palette(drawn(RED, (255, 255, 255))), palette(drawn(RED, BLUE))
    assert on_white == pytest.approx(on_blue, abs=0.05)
    assert on_white.sum() == pytest.approx(1)
    word_3 = WORDS[on_white.argmax()]
    assert np.rad2deg(np.arctan2(word_3[2], word_3[1])) == pytest.approx(30, abs=1)  # red, in OKLCH
    assert palette(drawn(GREY, GREY)).sum() == pytest.approx(1)  # nothing stands out: all of it counts


def test_palettes_have_in_common_what_both_have() -> None:
    palette_NK = np.array([[0.5, 0.5, 0], [0, 0.25, 0.75]], np.float32)
    assert overlap(palette_NK, palette_NK[0]) == pytest.approx([1, 0.25])


def test_colours_that_stand_together_are_learned() -> None:
    known = goods()
    rows = [known.gallery.row_of[f"hat-{number % 2}-{number // 2}"] for number in range(40)]
    partners = [
        known.gallery.row_of[f"shoe-{1 - number % 2}-{number // 2}"] for number in range(40)
    ]  # the other colour
    pairs = [np.array(pair) for pair in zip(rows, partners, strict=True)]
    config = ItemsConfig(negatives=10, penalty=0.01, shrinkage=5.0)
    learn_companions(known, pairs, config, np.random.default_rng(0), lambda *_: None)
    assert known.learned.colours_KK[0, 7] > 0 > known.learned.colours_KK[0, 0]
    assert known.learned.values_VV.shape == (1, 1)  # of soles: a category is no attribute
    hat = np.array([known.gallery.row_of["hat-0-0"]])
    shoes = np.array([known.gallery.row_of["shoe-0-3"], known.gallery.row_of["shoe-1-3"]])
    alike, other = known.fit(hat, shoes)
    assert other > alike + 1
    assert known.fit(np.empty(0, np.int64), shoes).tolist() == [0, 0]


def test_what_completes_a_look_is_ranked_and_never_from_it() -> None:
    known = goods(each=4)
    known.learned.sign_X[1] = 2.0  # colours alike
    model = Companions(np.zeros((14, 2), np.float32), np.log([0.3, 0.7]), np.array([0.5, 0.5]))
    completer = Completer(("hat", "shoe"), model, known)
    look = [Piece(item_id="hat-1-0")]
    first, second = completer.complete(look, categories=5, k=3)
    assert (first.category, second.category) == ("shoe", "hat")
    assert first.probability == pytest.approx(0.7)
    assert [item.item_id.rpartition("-")[0] for item in first.items] == ["shoe-1"] * 3
    assert "hat-1-0" not in [item.item_id for item in second.items]
    assert completer.complete(look, categories=1, k=0)[0].items == ()
    candidates = [Piece(item_id="shoe-1-2"), Piece(item_id="shoe-0-2"), Piece(category="hat"), Piece(category="cape")]
    liked, unlike, hat, unknown = completer.scores(look, candidates)
    assert liked - unlike == pytest.approx(2.0, abs=1e-2)
    assert (hat, unknown) == (pytest.approx(np.log(0.3 / 0.5)), 0)


def test_goods_are_saved_and_opened(tmp_path: Path) -> None:
    known = goods(each=2)
    known.learned.match_2[:] = 1, 3
    known.save(tmp_path)
    opened = Goods.load(tmp_path)
    assert opened is not None
    assert opened.learned.match_2.tolist() == [1, 3]
    assert opened.attributes == ["sole"]
    assert (opened.palette_NK == known.palette_NK).all()
    assert Goods.load(tmp_path / "nothing") is None


def test_an_item_without_a_palette_is_as_alike_as_most() -> None:
    known = goods(each=2)
    found = [Scored(item_id=item_id, score=0.5) for item_id in ("hat-0-0", "hat-1-0", "new")]
    signs_N2 = known.match_signs(known.palette_NK[known.gallery.row_of["hat-0-1"]], found)
    assert signs_N2.tolist() == [[0.5, 1.0], [0.5, 0.0], [0.5, 0.5]]
