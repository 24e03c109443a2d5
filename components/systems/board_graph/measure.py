"""Evaluation of an opened bundle: which items of a board's test split it finds, among all, beside the floors.

Both ways of counting: each pair once, and as public loaders do, which divide by all rows that the source lists, the
repeated ones and those of training too. Legend: B boards asked for, N items, K places.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from components.baselines.kept import Figures, kept
from components.code import code_of_evaluation
from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message, answer_one
from components.metrics import Metric, Ratio, Scalar, beside, means
from components.ranking import coverage
from components.system import Inputs, Progress
from components.systems.board_graph import SYSTEM
from components.systems.board_graph.choose import Questions, gained, questions
from components.systems.board_graph.config import EvaluationConfig
from components.systems.board_graph.floors import FLOORS, content_lists, lists_of_floor
from components.systems.board_graph.predictor import BoardPredictor, open_bundle
from components.systems.board_graph.tables import Boards, read_boards
from components.systems.board_graph.types import Request
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["evaluate", "size_of"]

TIMED = 200
SIZES = {"cold": 5, "small": 9, "middle": 29}  # slices of boards, by how many known items at most; others are large
NEW, ASKED_NEW = "new_found", "new_wanted"


def evaluate(
    bundle: Path,
    dataset: Dataset,
    config: Any,
    out: Path,  # noqa: ARG001
    progress: Progress,
    inputs: Inputs,  # noqa: ARG001 - the bundle has the vectors of pictures
) -> Evaluation:
    """An example is a board with items for test; floors answer for the same boards, in columns of their own.

    Raises:
        UserError: no board has items for test beside others.
    """
    settings: EvaluationConfig = config.evaluation
    boards = read_boards(dataset)
    known_BN = boards.matrix("train", "validation")
    asked = questions(known_BN, boards.parts["test"], settings.boards, seed=0)
    listed_B = boards.test_rows_B[asked.row_B]
    if not len(asked):
        raise UserError(f"no board of {dataset.name} has items for test beside others; give it some")
    predictor = open_bundle(bundle)
    degree_N = known_BN.sum(axis=0)
    lists = [_asked_for(predictor, boards, asked, at, settings.k, progress) for at in range(len(asked))]
    columns, scalars = _measured(lists, asked, listed_B, degree_N, settings.k)
    question = {
        "tables": dataset.versions(SYSTEM.reads(dataset.rows)),
        "settings": settings.model_dump(mode="json"),
        "code": code_of_evaluation(SYSTEM.name).hash,
        "libraries": code_of_evaluation(SYSTEM.name).versions,
    }
    for number, name in enumerate(FLOORS):
        progress(f"ask the floor {name}", number, len(FLOORS), {})
        measure = partial(_of_floor, name, known_BN, asked, listed_B, degree_N, settings)
        theirs = kept({**question, "baseline": name}, measure)
        columns |= {beside(key, name): value for key, value in theirs.columns.items()}
        scalars |= {beside(key, name): value for key, value in theirs.scalars.items()}
    metrics = list(means(columns))
    if (degree_N == 0).any() and any(boards.words_N):
        found, of_new = _of_new(predictor, boards, asked, degree_N == 0, settings.k, progress)
        columns |= found
        metrics += of_new
    frame = pd.DataFrame(columns)
    frame["size"] = size_of(np.array([len(one) for one in asked.known]))
    frame.index = pd.Index([boards.boards.names[row] for row in asked.row_B], name="example_id")
    costs = cost(bundle, predictor, _timed(boards, asked, settings.k))
    named = {name: Scalar(value=value) for name, value in scalars.items()}
    return Evaluation(frame, tuple(metrics), ("size",), named | costs, notes=_notes(asked, listed_B))


def size_of(count_B: np.ndarray) -> np.ndarray:
    """What a board with so many known items is called."""
    return np.select([count_B <= most for most in SIZES.values()], list(SIZES), "large")


def _asked_for(
    predictor: BoardPredictor, boards: Boards, asked: Questions, at: int, k: int, progress: Progress, among: str = "all"
) -> np.ndarray:
    """The rows of what the bundle names for a board, the best first; -1 of what this data set does not have.

    A champion of other data knows other items.
    """
    if at % 1000 == 0:
        progress("ask the bundle", at, len(asked), {})
    names = boards.items.names
    items = tuple(names[row] for row in asked.known[at])
    request = Request.model_validate({"items": items, "k": k, "explain": False, "among": among})
    answer = answer_one(predictor.answers, Message(request)).fields
    return np.array([boards.items.row_of.get(one.item_id, -1) for one in answer.items], np.int64)


def _measured(
    lists: list[np.ndarray], asked: Questions, listed_B: np.ndarray, degree_N: np.ndarray, k: int
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Recall and NDCG of each board both ways, the coverage of all, and how popular what is named is.

    popularity_bias: degree of what is named over that of what is wanted, on average; 1 is as people choose.
    """
    figures = np.empty((len(lists), 4))
    for at, (items, wanted, listed) in enumerate(zip(lists, asked.wanted, listed_B.tolist(), strict=True)):
        hit_K = np.isin(items, wanted)
        figures[at, :2] = gained(hit_K, len(wanted))
        figures[at, 2:] = gained(hit_K, max(int(listed), len(wanted)))
    names = (f"recall_at_{k}", f"ndcg_at_{k}", f"recall_at_{k}_public", f"ndcg_at_{k}_public")
    named, wanted_of_all = np.concatenate(lists), np.concatenate(asked.wanted)
    named = named[named >= 0]
    scalars = {
        f"coverage_at_{k}": coverage(named, len(degree_N)),
        "popularity_bias": float(
            degree_N[named].sum() / max(len(named), 1) / max(degree_N[wanted_of_all].mean(), 1e-9)
        ),
    }
    return dict(zip(names, figures.T, strict=True)), scalars


def _of_floor(
    name: str,
    known_BN: csr_array,
    asked: Questions,
    listed_B: np.ndarray,
    degree_N: np.ndarray,
    settings: EvaluationConfig,
) -> Figures:
    lists = lists_of_floor(name, known_BN, asked.row_B, settings)
    return Figures(*_measured(lists, asked, listed_B, degree_N, settings.k)) if lists else Figures({}, {})


def _of_new(
    predictor: BoardPredictor, boards: Boards, asked: Questions, new_N: np.ndarray, k: int, progress: Progress
) -> tuple[dict[str, np.ndarray], list[Metric]]:
    """Recall among items that were never on a board, of boards that want some, beside the nearest by content."""
    found_B, content_B, asks_B = (np.zeros(len(asked)) for _ in range(3))
    wanted_of = [wanted[new_N[wanted]] for wanted in asked.wanted]
    theirs = content_lists(boards.words_N, asked.known, np.flatnonzero(new_N), k)
    for at, wanted in enumerate(wanted_of):
        if len(wanted):
            items = _asked_for(predictor, boards, asked, at, k, progress, "new")
            asks_B[at], found_B[at] = 1, np.isin(items, wanted).sum() / len(wanted)
            content_B[at] = np.isin(theirs[at], wanted).sum() / len(wanted)
    name = f"recall_at_{k}_new"
    metric = Metric(name=name, statistic=Ratio(numerator=NEW, denominator=ASKED_NEW), direction="higher")
    columns = {NEW: found_B, ASKED_NEW: asks_B, beside(NEW, "content"): content_B}
    return columns, [metric, metric.of_baseline("content", numerator=beside(NEW, "content"))]


def _timed(boards: Boards, asked: Questions, k: int) -> Iterator[Message]:
    for at in np.linspace(0, len(asked) - 1, TIMED).astype(int).tolist():
        yield Message(Request(items=tuple(boards.items.names[row] for row in asked.known[at]), k=k))


def _notes(asked: Questions, listed_B: np.ndarray) -> tuple[str, ...]:
    listed, wanted = int(listed_B.sum()), sum(map(len, asked.wanted))
    if listed == wanted:
        return ()
    return (
        f"The source lists {listed:,} rows for test, of which {wanted:,} are pairs that training does not have; the "
        f"figures called public divide by the rows, as public loaders do, and nobody can reach 1.",
    )
