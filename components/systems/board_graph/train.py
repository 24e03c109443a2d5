"""Training: boards in, a bundle out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from components.looks import looked_at
from components.system import Input, Inputs, Progress, load_system
from components.systems.board_graph import SEARCH
from components.systems.board_graph.choose import choose_neighbours, choose_shares, choose_weights, questions
from components.systems.board_graph.config import Config, ContentConfig, PathsConfig
from components.systems.board_graph.content import Content, centred, rarities, weighed
from components.systems.board_graph.features import Features
from components.systems.board_graph.graph import Graph
from components.systems.board_graph.linear import fit_factors, fit_feature_factors, paths
from components.systems.board_graph.predictor import save
from components.systems.board_graph.scorer import Blend, Scorer
from components.systems.board_graph.tables import Boards, read_boards
from components.walks.walks import Walks
from data.dataset import Dataset

__all__ = ["fit"]

HIDDEN_ONE_IN = 10  # of the items with words or a picture, from the first fit


def fit(
    dataset: Dataset,
    config: Config,
    work: Path,  # noqa: ARG001 - it takes minutes: a run that was killed starts over
    bundle: Path,
    progress: Progress,
    inputs: Inputs,
) -> None:
    """Choose settings and weights on validation, then fit again on what trains and validates; see `System.fit`.

    Some items are hidden from the first fit: they show how new ones are found best.
    """
    boards = read_boards(dataset)
    seen_NE = _vectors(dataset, boards, inputs[SEARCH], progress) if SEARCH in inputs else None
    known_N = np.array([len(words) > 0 for words in boards.words_N])
    if seen_NE is not None:
        known_N |= seen_NE.any(axis=1)
    hidden_N = known_N & (np.random.default_rng(config.seed).permutation(len(known_N)) % HIDDEN_ONE_IN == 0)
    known_BN = _of_items(boards.matrix("train"), ~hidden_N)
    whole_BN = boards.matrix("train", "validation")
    asked = questions(known_BN, _of_items(boards.parts["validation"], ~hidden_N), config.validated, config.seed)
    new = questions(known_BN, _of_items(whole_BN, hidden_N), config.validated, config.seed)
    neighbours = choose_neighbours(known_BN, asked, config, progress)
    blend = Blend()
    if len(asked) or len(new):
        _, trial = _fitted(boards, seen_NE, known_BN, neighbours, config, progress)
        if len(new):
            blend, figures = choose_shares(trial, new, progress)
            progress("weigh what is known of new items", len(new), len(new), figures)
        if len(asked):
            weights, figures = choose_weights(trial, asked, config.weights, progress)
            blend = replace(blend, weights=weights)
            figures |= {f"weight/{name}": weight for name, weight in weights.items()}
            progress("weigh the parts", len(asked), len(asked), figures)
    graph, scorer = _fitted(boards, seen_NE, whole_BN, neighbours, config, progress)
    save(bundle, graph, replace(scorer, blend=blend))


def _vectors(dataset: Dataset, boards: Boards, search: Input, progress: Progress) -> np.ndarray | None:
    """Vectors of the items' pictures, float32 (N, E), zeros where there is none; None where none can be used."""
    searcher = load_system(SEARCH).open_role(search.bundle, inputs=search.inputs)
    items = [{"item_id": item_id, "image": image} for item_id, image in boards.image_of.items()]
    vectors = {item["item_id"]: vector_E for item, _, vector_E in looked_at(dataset, items, searcher, progress)}
    if not vectors:
        return None
    seen_NE = np.zeros((len(boards.items), len(next(iter(vectors.values())))), np.float32)
    seen_NE[[boards.items.row_of[item_id] for item_id in vectors]] = list(vectors.values())
    return seen_NE


def _of_items(matrix_BN: csr_array, held_N: np.ndarray) -> csr_array:
    """The edges of some items, in their order."""
    held_E = held_N[matrix_BN.indices]
    start = np.concatenate([[0], np.cumsum(held_E)])[matrix_BN.indptr]
    return csr_array((matrix_BN.data[held_E], matrix_BN.indices[held_E], start), shape=matrix_BN.shape)


def _fitted(
    boards: Boards,
    seen_NE: np.ndarray | None,
    matrix_BN: csr_array,
    neighbours: PathsConfig,
    config: Config,
    progress: Progress,
) -> tuple[Graph, Scorer]:
    """All parts on one matrix."""
    graph = boards.graph(matrix_BN)
    walks = Walks(graph.boards_of, graph.items_of, config.walks)
    progress("fit neighbours", 0, 3, {})
    near_NN = paths(matrix_BN, neighbours, config.nearest)
    progress("fit factors", 1, 3, {})
    factor_ND = fit_factors(matrix_BN, config.factors, config.seed)
    progress("fit factors of words and pictures", 2, 3, {})
    content = _content(boards.words_N, seen_NE, factor_ND, config.content)
    return graph, Scorer.of(near_NN, factor_ND, config.factors, walks, content, Blend())


def _content(
    words_N: list[list[str]], seen_NE: np.ndarray | None, factor_ND: np.ndarray, config: ContentConfig
) -> Content | None:
    """What is known of items, each kind with factors of its own, so that one is enough; None where nothing is."""
    rarity_of = rarities(words_N, config.most_features)
    if not rarity_of and seen_NE is None:
        return None
    row_of = {word: row for row, word in enumerate(rarity_of)}
    rarity_W = np.array(list(rarity_of.values()), np.float32)
    weight_NW = weighed(words_N, row_of, rarity_W)
    content = Content(row_of, rarity_W, _features(weight_NW, factor_ND, config))
    if seen_NE is None:
        return content
    mean_E = seen_NE[seen_NE.any(axis=1)].mean(axis=0)
    return replace(content, pictures=_features(centred(seen_NE, mean_E), factor_ND, config), mean_E=mean_E)


def _features(vector_NF: csr_array | np.ndarray, factor_ND: np.ndarray, config: ContentConfig) -> Features:
    return Features(vector_NF, fit_feature_factors(vector_NF, factor_ND, config.penalty))
