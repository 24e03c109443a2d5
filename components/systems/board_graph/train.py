"""Training: boards in, a bundle out."""

from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from components.system import Progress
from components.systems.board_graph.choose import choose_neighbours, choose_share, choose_weights, questions
from components.systems.board_graph.config import Config, PathsConfig
from components.systems.board_graph.content import Content, rarities, weighed
from components.systems.board_graph.graph import Graph
from components.systems.board_graph.linear import fit_factors, fit_word_factors, paths
from components.systems.board_graph.predictor import save
from components.systems.board_graph.scorer import Scorer
from components.systems.board_graph.tables import Boards, read_boards
from components.walks.walks import Walks
from data.dataset import Dataset

__all__ = ["fit"]

HIDDEN_ONE_IN = 10  # of the items with words, from the first fit


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:  # noqa: ARG001
    """Choose settings and weights on validation, then fit again on what trains and validates; see `System.fit`.

    Some items are hidden from the first fit: they show how new ones are found best. It takes minutes: a run that was
    killed starts over.
    """
    boards = read_boards(dataset)
    has_words_N = np.array([len(words) > 0 for words in boards.words_N])
    hidden_N = has_words_N & (np.random.default_rng(config.seed).permutation(len(has_words_N)) % HIDDEN_ONE_IN == 0)
    known_BN = _of_items(boards.matrix("train"), ~hidden_N)
    whole_BN = boards.matrix("train", "validation")
    asked = questions(known_BN, _of_items(boards.parts["validation"], ~hidden_N), config.validated, config.seed)
    new = questions(known_BN, _of_items(whole_BN, hidden_N), config.validated, config.seed)
    neighbours = choose_neighbours(known_BN, asked, config, progress)
    weights, share = {"neighbours": 1.0}, 0.0
    if len(asked) or len(new):
        _, trial = _fitted(boards, known_BN, neighbours, config, weights, share, progress)
        if len(asked):
            chosen, figures = choose_weights(trial, asked, config.weights, progress)
            weights = dict(chosen)
            reported = figures | {f"weight/{name}": weight for name, weight in weights.items()}
            progress("weigh the parts", len(asked), len(asked), reported)
        if len(new):
            share, figures = choose_share(trial, new, progress)
            progress("weigh what is known of new items", len(new), len(new), figures | {"weight/share": share})
    graph, scorer = _fitted(boards, whole_BN, neighbours, config, weights, share, progress)
    save(bundle, graph, scorer)


def _of_items(matrix_BN: csr_array, held_N: np.ndarray) -> csr_array:
    """The edges of some items, in their order."""
    held_E = held_N[matrix_BN.indices]
    start = np.concatenate([[0], np.cumsum(held_E)])[matrix_BN.indptr]
    return csr_array((matrix_BN.data[held_E], matrix_BN.indices[held_E], start), shape=matrix_BN.shape)


def _fitted(
    boards: Boards,
    matrix_BN: csr_array,
    neighbours: PathsConfig,
    config: Config,
    weights: dict[str, float],
    share: float,
    progress: Progress,
) -> tuple[Graph, Scorer]:
    """All parts on one matrix."""
    graph = boards.graph(matrix_BN)
    walks = Walks(graph.boards_of, graph.items_of, config.walks)
    progress("fit neighbours", 0, 3, {})
    near_NN = paths(matrix_BN, neighbours, config.nearest)
    progress("fit factors", 1, 3, {})
    factor_ND = fit_factors(matrix_BN, config.factors, config.seed)
    progress("fit factors of words", 2, 3, {})
    content = None
    if rarity_of := rarities(boards.words_N, config.content.most_features):
        row_of = {word: row for row, word in enumerate(rarity_of)}
        rarity_W = np.array(list(rarity_of.values()), np.float32)
        weight_NW = weighed(boards.words_N, row_of, rarity_W)
        word_factor_WD = fit_word_factors(weight_NW, factor_ND, config.content.penalty)
        content = Content(row_of, rarity_W, word_factor_WD, weight_NW)
    return graph, Scorer.of(near_NN, factor_ND, config.factors, walks, content, weights, share)
