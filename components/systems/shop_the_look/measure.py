"""Evaluation of an opened bundle: what completes outfits, beside counting, and which item a region shows.

Legend: M members, J candidates, C categories.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from components.cost import cost
from components.evaluation import Evaluation
from components.message import PICTURE, Message, answer_one, picture_part
from components.metrics import Metric, Ratio
from components.system import Inputs, Progress
from components.systems.shop_the_look.blanks import Counted, drawn, drawn_alike, right
from components.systems.shop_the_look.ends import Ends, measured_ends
from components.systems.shop_the_look.outfits import UNKNOWN, Outfits, read_outfits
from components.systems.shop_the_look.pictures import draw
from components.systems.shop_the_look.predictor import SEARCH, LookPredictor, open_bundle
from components.systems.shop_the_look.truths import images_of, true_scenes
from components.systems.shop_the_look.types import MOST_PIECES, Piece, Request
from data.dataset import Dataset

__all__ = ["evaluate"]

CATEGORY = ("category_at_1", "category_at_3", "category_mrr")
TIMED = 100
REPORT_EVERY = 500
CLUSTER = "outfit"
ALIKE = "fill_in_the_blank_alike"
MOST_SIZE = 8  # of outfits that are a slice of their own
ALL = 1000  # categories of an answer, at most


@dataclass(frozen=True)
class Asked:
    """What the bundle answered of each member. rank_M: of its category, from 0. alike: by row, of harder questions."""

    rank_M: np.ndarray
    score_MJ: np.ndarray
    alike: dict[int, float]


def evaluate(bundle: Path, dataset: Dataset, config: Any, out: Path, progress: Progress, inputs: Inputs) -> Evaluation:
    """Leave out each member of each outfit of `config.split`; where scenes show known items, search each region too.

    An example is a member, or a region; of what it is not it has zeros. Outfits and scenes are resampled whole.
    """
    settings = config.evaluation
    train, outfits = read_outfits(dataset, "train", config.split)
    predictor = open_bundle(bundle, 1, inputs)
    frame = _members(predictor, train, outfits, settings, progress)
    names = [name for name in map(str, frame) if name.startswith(("fill_in_the_blank", "category_"))]
    metrics = [_share(name, name, "one") for name in names if not name.startswith(ALIKE)]
    if frame["alike"].any():
        metrics.append(_share(ALIKE, ALIKE, "alike"))
        metrics.append(metrics[-1].of_baseline("chance", numerator="alike_chance"))
    known = set(frame[CLUSTER])  # a scene that is no outfit would be a slice in which the primary metric is undefined
    scenes = [scene for scene in true_scenes(dataset, config.split) if scene.scene_id in known]
    ends = measured_ends(predictor, inputs[SEARCH].open(), scenes, settings.top, progress)
    if ends.region_ids:
        frame = pd.concat([frame, _regions(ends, frame)]).fillna(0.0)
        metrics += _end_metrics(settings.top)
    return Evaluation(
        examples=frame,
        metrics=tuple(metrics),
        slices=("category", "size"),
        scalars=cost(bundle, predictor, _timed(dataset, outfits)),
        pictures=draw(predictor, dataset, outfits, out),
    )


def _members(
    predictor: LookPredictor, train: Outfits, outfits: Outfits, settings: Any, progress: Progress
) -> pd.DataFrame:
    """A row for each member: the figures of the bundle, and of counting."""
    generator = np.random.default_rng(settings.seed)
    row_MJ = drawn(outfits, settings.candidates, generator)
    goods = predictor.completer.goods
    items_of = {} if goods is None else {name: goods.gallery.item_ids[rows] for name, rows in goods.rows_of.items()}
    alike = drawn_alike(outfits, items_of, settings.candidates, generator)
    asked = _asked(predictor, outfits, row_MJ, alike, progress)
    columns = {"fill_in_the_blank": right(asked.score_MJ)} | _of_rank("", asked.rank_M)
    columns |= _of_baselines(Counted(train), outfits, row_MJ)
    columns |= _of_alike(asked.alike, len(outfits), settings.candidates) | {"one": np.ones(len(outfits))}
    frame = pd.DataFrame(columns)
    frame[CLUSTER] = outfits.outfit_ids[outfits.outfit_M]
    frame["category"] = outfits.name_M
    frame["size"] = np.minimum(np.bincount(outfits.outfit_M)[outfits.outfit_M], MOST_SIZE).astype(str)
    places = zip(frame[CLUSTER], outfits.place_M.tolist(), strict=True)
    frame.index = pd.Index([f"{outfit_id}/{place}" for outfit_id, place in places], name="example_id")
    return frame


def _regions(ends: Ends, members: pd.DataFrame) -> pd.DataFrame:
    """A row for each region whose item can be found, as large as the outfit that its scene is."""
    values = {"region_seen": ends.seen_R, "region_found": ends.found_R, "region_found_true": ends.found_true_R}
    frame = pd.DataFrame(values | {"region": np.ones(len(ends.region_ids)), CLUSTER: ends.scene_ids})
    frame["category"] = ends.labels
    frame["size"] = frame[CLUSTER].map(members.groupby(CLUSTER)["size"].first())
    frame.index = pd.Index([f"region/{region_id}" for region_id in ends.region_ids], name="example_id")
    return frame


def _share(name: str, numerator: str, denominator: str) -> Metric:
    statistic = Ratio(numerator=numerator, denominator=denominator)
    return Metric(name=name, statistic=statistic, direction="higher", cluster=CLUSTER)


def _asked(
    predictor: LookPredictor, outfits: Outfits, row_MJ: np.ndarray, alike: dict[int, list[str]], progress: Progress
) -> Asked:
    """Ask the bundle for each member, given the others."""
    rank_M, scores, harder = np.zeros(len(outfits)), [], {}
    code = {name: place for place, name in enumerate(predictor.completer.categories)}
    for members in outfits.members():
        for row in members.tolist():
            look = tuple(_piece(outfits, other) for other in members.tolist() if other != row)[:MOST_PIECES]
            further = [Piece(item_id=item_id, category=str(outfits.name_M[row])) for item_id in alike.get(row, ())]
            candidates = (*(_piece(outfits, other) for other in row_MJ[row].tolist()), *further)
            request = Request(look=look, candidates=candidates, categories=ALL, k=0)
            answer = answer_one(predictor.answers, Message(request)).fields
            ranked = [companions.category for companions in answer.goes_with]
            own = str(outfits.name_M[row])
            rank_M[row] = ranked.index(own) if own in code else len(code)
            scores.append(answer.candidates[: row_MJ.shape[1]])
            if further:
                harder[row] = float(right(np.array(answer.candidates[row_MJ.shape[1] :])[None])[0])
            if len(scores) % REPORT_EVERY == 1:
                progress("fill in blanks", len(scores), len(outfits), {})
    return Asked(rank_M, np.array(scores), harder)


def _piece(outfits: Outfits, row: int) -> Piece:
    return Piece(category=str(outfits.name_M[row]), item_id=str(outfits.item_M[row]) or None)


def _of_rank(suffix: str, rank_M: np.ndarray) -> dict[str, np.ndarray]:
    values = (rank_M < 1, rank_M < 3, 1 / (rank_M + 1))
    return {f"{name}{suffix}": value.astype(float) for name, value in zip(CATEGORY, values, strict=True)}


def _of_baselines(counted: Counted, outfits: Outfits, row_MJ: np.ndarray) -> dict[str, np.ndarray]:
    """The same figures of counting; a category that training has not comes last."""
    columns: dict[str, np.ndarray] = {}
    counts_MC = outfits.counts()
    code_MJ = outfits.category_M[row_MJ]
    for name in ("popularity", "naive_bayes", "pmi"):
        score_MC = getattr(counted, name)(counts_MC)
        score_MJ = np.take_along_axis(score_MC, np.maximum(code_MJ, 0), axis=1)
        score_MJ = np.where(code_MJ == UNKNOWN, score_MC.min() - 1, score_MJ)
        columns[f"fill_in_the_blank.{name}"] = right(score_MJ)
        own_M1 = score_MJ[:, :1]
        rank_M = (score_MC > own_M1).sum(axis=1) + np.where(outfits.category_M == UNKNOWN, 1, 0)
        columns |= _of_rank(f".{name}", rank_M)
    return columns


def _of_alike(right_of: dict[int, float], members: int, candidates: int) -> dict[str, np.ndarray]:
    """Of harder questions, on which categories say nothing: whoever knows only these gets the share of chance."""
    columns = {name: np.zeros(members) for name in ("alike", ALIKE)}
    for row, share in right_of.items():
        columns["alike"][row], columns[ALIKE][row] = 1, share
    return columns | {"alike_chance": columns["alike"] / candidates}


def _end_metrics(top: int) -> list[Metric]:
    found = _share(f"item_in_top_{top}", "region_found", "region")
    return [
        found,
        found.of_baseline("true_boxes", numerator="region_found_true"),
        _share(f"item_in_top_{top}_of_true_boxes", "region_found", "region_found_true"),
        _share("region_recall", "region_seen", "region"),
    ]


def _timed(dataset: Dataset, outfits: Outfits) -> Iterator[Message]:
    """Pictures of outfits where there are some, otherwise looks."""
    images = images_of(dataset)
    pictures = [images[outfit_id] for outfit_id in outfits.outfit_ids if outfit_id in images]
    for image in pictures[:TIMED]:
        yield Message(Request(), {PICTURE: picture_part(dataset.file(image).read_bytes())})
    if not pictures:
        for members in islice(outfits.members(), TIMED):
            yield Message(Request(look=tuple(_piece(outfits, row) for row in members[1:].tolist())))
