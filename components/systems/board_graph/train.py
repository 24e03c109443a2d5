"""Training: boards in, a bundle out."""

from pathlib import Path

from scipy.sparse import csr_array

from components.system import Progress
from components.systems.board_graph.choose import choose_neighbours, choose_weights, questions
from components.systems.board_graph.config import Config, PathsConfig
from components.systems.board_graph.fit_tower import fit_tower
from components.systems.board_graph.graph import Graph
from components.systems.board_graph.linear import fit_factors, paths
from components.systems.board_graph.predictor import save
from components.systems.board_graph.scorer import Scorer
from components.systems.board_graph.tables import Boards, read_boards
from components.walks.walks import Walks
from data.dataset import Dataset

__all__ = ["fit"]


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:  # noqa: ARG001
    """Choose settings and weights on validation, then fit again on what trains and validates; see `System.fit`.

    It takes minutes: a run that was killed starts over.
    """
    boards = read_boards(dataset)
    train_BN = boards.matrix("train")
    asked = questions(train_BN, boards.parts["validation"], config.validated, config.seed)
    neighbours = choose_neighbours(train_BN, asked, config, progress)
    weights: dict[str, float] = {}
    if len(asked):
        _, trial = _fitted(boards, train_BN, neighbours, config, weights, progress)
        chosen, figures = choose_weights(trial, asked, config.weights, progress)
        weights = dict(chosen)
        progress("weigh the parts", len(asked), len(asked), figures | {f"weight/{n}": w for n, w in weights.items()})
    whole_BN = boards.matrix("train", "validation")
    graph, scorer = _fitted(boards, whole_BN, neighbours, config, weights or {"neighbours": 1.0}, progress)
    save(bundle, graph, scorer)


def _fitted(
    boards: Boards,
    matrix_BN: csr_array,
    neighbours: PathsConfig,
    config: Config,
    weights: dict[str, float],
    progress: Progress,
) -> tuple[Graph, Scorer]:
    """All parts on one matrix."""
    graph = boards.graph(matrix_BN)
    walks = Walks(graph.boards_of, graph.items_of, config.walks)
    progress("fit neighbours", 0, 3, {})
    near_NN = paths(matrix_BN, neighbours, config.nearest)
    progress("fit factors", 1, 3, {})
    factor_ND = fit_factors(matrix_BN, config.factors, config.seed)
    progress("fit the tower", 2, 3, {})
    tower = fit_tower(matrix_BN, boards.words_N, walks, config.tower, config.seed, progress)
    return graph, Scorer.of(near_NN, factor_ND, config.factors, walks, tower, weights)
