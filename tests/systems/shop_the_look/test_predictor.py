"""From a picture to items: masks, regions that are searched, and what is refused."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.message import PICTURE, Message, answer_one, picture_part
from components.system import load_system
from components.systems.shop_the_look.companions import Companions
from components.systems.shop_the_look.completer import Completer
from components.systems.shop_the_look.ends import iou, measured_ends
from components.systems.shop_the_look.goods import Goods, Learned
from components.systems.shop_the_look.palette import covered
from components.systems.shop_the_look.predictor import PARSING, LookPredictor
from components.systems.shop_the_look.seen import seen_goods
from components.systems.shop_the_look.truths import Scene
from components.systems.shop_the_look.types import Piece, Request, SearchedRegion
from components.systems.visual_search.predictor import VisualSearchPredictor
from data.errors import UserError
from tests.pictures import small_dataset
from tests.tiny_search import ITEMS, make_bundle, picture


class Known:
    """A parser that is told what there is."""

    def __init__(self, regions: Sequence[dict[str, Any]]) -> None:
        self.regions = regions

    def answers(self, requests: Sequence[Message]) -> list[Message]:
        response = load_system(PARSING).Response
        told = {"score": 0.9, "area_px": 100, "value": 1, "attributes": {}, "mask": {"size": (1, 1), "counts": (0, 1)}}
        fields = {"regions": [told | region for region in self.regions], "width_px": 320, "height_px": 160}
        return [Message(response.model_validate(fields)) for _ in requests]

    def is_quick(self, request: Message) -> bool:
        return False


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> VisualSearchPredictor:
    return VisualSearchPredictor.open(make_bundle(tmp_path_factory.mktemp("tiny") / "bundle"))


def scene(left: int, right: int) -> bytes:
    """Two items side by side: those of these seeds, see `tiny_search`."""
    image = Image.new("RGB", (320, 160))
    for place, seed in enumerate((left, right)):
        shown = Image.open(io.BytesIO(picture(seed, "PNG"))).resize((160, 160))
        image.paste(shown, (160 * place, 0))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def predictor(searcher: VisualSearchPredictor, regions: Sequence[dict[str, Any]] = ()) -> LookPredictor:
    model = Companions(np.zeros((16, 3), np.float32), np.log([0.5, 0.3, 0.2]), np.full(3, 1 / 3))
    return LookPredictor(Completer(("blue", "green", "red"), model, None), ("red", "green"), searcher, Known(regions))


LEFT, RIGHT = (0, 0, 160, 160), (160, 0, 320, 160)


def test_the_pixels_under_a_mask_of_another_size() -> None:
    image_HWC = np.zeros((40, 60, 3), np.uint8)
    image_HWC[:, 30:] = 200
    inside_HW = np.array([[False, True], [False, True]])
    assert (covered(image_HWC, inside_HW, (0, 0, 1, 1)) == 200).all()
    assert (covered(image_HWC, ~inside_HW, (0, 0, 1, 1)) == 0).all()
    assert (covered(image_HWC, None, (0.6, 0.1, 0.9, 0.9)) == 200).all()
    assert len(covered(np.zeros((500, 500, 3), np.uint8), np.ones((400, 400), bool), (0, 0, 1, 1))) <= 2000


def test_each_region_is_searched_within_its_category(searcher: VisualSearchPredictor) -> None:
    regions = [{"label": "red", "box": LEFT}, {"label": "cape", "box": RIGHT}, {"label": "red", "box": (0, 0, 5, 90)}]
    message = Message(Request(k=4, categories=2), {PICTURE: picture_part(scene(3, 7))})
    answer = answer_one(predictor(searcher, regions).answers, message).fields
    assert (answer.width_px, answer.height_px) == (320, 160)
    red, cape, narrow = answer.regions
    assert all(int(item.item_id[5:]) % 3 == 2 for item in red.items)  # of the category, though it looks blue
    assert cape.items[0].item_id == "item-7"  # no item is a cape: all are searched
    assert narrow.items == ()  # too small to look like anything
    assert [companions.category for companions in answer.goes_with] == ["blue", "green"]


def test_regions_that_are_given_are_not_parsed_and_what_was_found_is_not_searched(
    searcher: VisualSearchPredictor,
) -> None:
    found = [{"item_id": "mine", "score": 0.1}, {"item_id": "best", "score": 0.4}]
    given = [{"label": "red", "box": LEFT, "found": found}, {"label": "green", "box": RIGHT}]
    message = Message(Request.model_validate({"regions": given, "k": 2}), {PICTURE: picture_part(scene(0, 1))})
    first, second = answer_one(predictor(searcher, [{"label": "red", "box": RIGHT}]).answers, message).fields.regions
    assert [item.item_id for item in first.items] == ["best", "mine"]
    assert second.items[0].item_id == "item-1"


def test_what_cannot_be_asked_is_said(searcher: VisualSearchPredictor) -> None:
    asked = predictor(searcher)
    part = {PICTURE: picture_part(scene(0, 1))}
    look = (Piece(category="red"),)
    for message, words in (
        (Message(Request()), "give either a picture or a look"),
        (Message(Request(look=look), part), "not both"),
        (Message(Request(look=look, regions=())), "regions lie in a picture"),
    ):
        (answer,) = asked.answers([message])
        assert isinstance(answer, UserError)
        assert words in str(answer)
    with pytest.raises(ValueError, match="give an item_id, a category or both"):
        Piece()
    assert asked.is_quick(Message(Request(look=look)))
    assert not asked.is_quick(Message(Request(), part))


def test_the_item_of_a_region_is_found_by_true_and_predicted_ones(searcher: VisualSearchPredictor) -> None:
    regions = tuple(SearchedRegion(label="green", box=box) for box in (LEFT, RIGHT))
    known = Scene("scene", picture_part(scene(1, 4)), ("a", "b"), regions, ("item-1", "item-4"))
    unknown = Scene("other", known.picture, ("c",), regions[:1], (f"item-{ITEMS}",))
    seen = [{"label": "green", "box": (0, 0, 150, 160)}, {"label": "red", "box": RIGHT}]
    ends = measured_ends(predictor(searcher, seen), searcher, [known, unknown], 1, lambda *_: None)
    assert ends.region_ids == ("a", "b")
    assert ends.found_true_R.tolist() == [1, 1]
    assert ends.seen_R.tolist() == ends.found_R.tolist() == [1, 0]  # the other has another label


def test_overlaps_by_hand() -> None:
    assert iou((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert iou((0, 0, 1, 1), (1, 1, 2, 2)) == 0


def test_colours_decide_between_items_that_look_alike(tmp_path: Path, searcher: VisualSearchPredictor) -> None:
    dataset = small_dataset(tmp_path, 8, 4)

    class Looks:
        def vectors(self, pictures: Sequence[bytes]) -> list[np.ndarray]:
            return [np.ones(2, np.float32)] * len(pictures)

    goods = seen_goods(dataset, Looks(), lambda *_: None)  # type: ignore[arg-type]
    assert isinstance(goods, Goods)
    assert len(goods.gallery) == 48
    plain: Learned = goods.learned
    goods.learned = Learned(plain.colours_KK, plain.values_VV, plain.sign_X, np.array([1.0, 5.0]))
    asked = predictor(searcher)
    asked.completer.goods = goods
    found = [{"item_id": f"disc-train-00{number}", "score": 0.5 + number / 100} for number in range(4)]
    region = {"label": "disc", "box": (0, 0, 64, 80), "found": found}
    blue = picture_part(dataset.file("images/disc-test-001.jpg").read_bytes())
    message = Message(Request.model_validate({"regions": [region]}), {PICTURE: blue})
    items = answer_one(asked.answers, message).fields.regions[0].items
    assert {item.item_id for item in items[:2]} == {"disc-train-001", "disc-train-003"}  # the blue ones
