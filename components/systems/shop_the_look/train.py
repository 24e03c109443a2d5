"""Training: outfits in, a bundle out."""

from pathlib import Path

import numpy as np

from components.message import Message
from components.system import Inputs, Predictor, Progress, load_system
from components.systems.shop_the_look.completer import DESCRIPTION
from components.systems.shop_the_look.config import Config
from components.systems.shop_the_look.fit_companions import fit_companions
from components.systems.shop_the_look.fit_goods import learn_companions, learn_matches, rows_of_outfits
from components.systems.shop_the_look.outfits import read_outfits
from components.systems.shop_the_look.predictor import SEARCH, search_request
from components.systems.shop_the_look.seen import seen_goods
from components.systems.shop_the_look.truths import true_scenes
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["fit"]


def fit(
    dataset: Dataset,
    config: Config,
    work: Path,  # noqa: ARG001 - it takes minutes: a run that was killed starts over
    bundle: Path,
    progress: Progress,
    inputs: Inputs,
) -> None:
    """Which categories go together, and where items have pictures which items; see `System.fit`."""
    train, validation = read_outfits(dataset, "train", "validation")
    settings = config.categories
    fit_companions(train, validation, settings.penalties, settings.iterations, progress).save(bundle)
    search = inputs[SEARCH]
    searcher = search.open()
    looks = load_system(SEARCH).open_role(search.bundle, inputs=search.inputs)
    (some, *_), _ = looks.known()
    searchable = [category for category in train.categories if _has(searcher, some, category)]
    goods = seen_goods(dataset, looks, progress)
    if goods is not None:
        generator = np.random.default_rng(config.seed)
        learn_companions(goods, rows_of_outfits(goods, train), config.items, generator, progress)
        scenes = true_scenes(dataset, "train", config.items.scenes)
        learn_matches(goods, scenes, searcher, frozenset(searchable), config.items.penalty, progress)
        goods.save(bundle)
    write_json(bundle / DESCRIPTION, {"categories": train.categories, "searchable": searchable})


def _has(searcher: Predictor, item_id: str, category: str) -> bool:
    """Whether the gallery can be filtered by a category."""
    request = search_request(item_id=item_id, k=1, filters={"category": category})
    (answer,) = searcher.answers([Message(request)])
    return not isinstance(answer, UserError)
