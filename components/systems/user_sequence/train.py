"""Training: histories in, a bundle out.

Legend: N items, D dimensions.
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from components.gallery import Gallery
from components.learning.loader import bucketed_batches
from components.learning.loop import train
from components.system import Progress
from components.systems.user_sequence.config import Config
from components.systems.user_sequence.examples import Questions, validation_questions
from components.systems.user_sequence.freshness import Freshness
from components.systems.user_sequence.graph import Graph
from components.systems.user_sequence.neighbours import Neighbours
from components.systems.user_sequence.network import ItemTower, SequenceNetwork, UserTower, export_user_tower
from components.systems.user_sequence.predictor import DESCRIPTION, INDEX
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.scorer import Blend, Scorer
from components.systems.user_sequence.tables import Catalogue, Histories, read_catalogue, read_histories
from components.systems.user_sequence.task import MONITOR, UserSequenceTask, validation_batches
from components.systems.user_sequence.transformer import TOWER, Transformer
from components.systems.user_sequence.trend import CrowdLog, Popularity
from components.systems.user_sequence.weights import chosen_blend, fitted_profile
from components.systems.user_sequence.windows import Windows
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["fit"]


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train and export the network, count the other parts, and weigh them all; see `components.system.System.fit`."""
    catalogue = read_catalogue(dataset)
    histories = _histories(dataset, catalogue)
    trained, known = histories.within("train"), histories.within("train", "validation")
    read = trained.doing(config.network.reads)
    questions = validation_questions(known, config.loss, config.network.reads, config.evaluation.users)
    network = _trained(catalogue, read, questions, config, work, progress)
    progress("export", 0, 1, {})
    length = config.network.max_length
    export_user_tower(network, len(histories.actions), len(histories.surfaces), length, bundle / TOWER)
    vector_ND = _vectors(network)
    index = Gallery.build(vector_ND, catalogue.item_ids, catalogue.metadata(), {"title": catalogue.titles})
    index.save(bundle / INDEX)
    known.people().save(bundle)
    transformer = Transformer.load(bundle, vector_ND, length, torch.get_num_threads())
    scorer = _counted(transformer, catalogue, trained, read, config)
    crowd_log = CrowdLog.of(known, len(vector_ND), config.loss.positive, scorer.neighbours)
    scorer.blend, ndcg = chosen_blend(scorer, questions, crowd_log, config.blend)
    if not scorer.blend.neighbours:
        scorer.neighbours = None
    if config.blend.profile:
        progress("weigh the profile", 0, 1, {"validation/blended_ndcg_at_10": ndcg})
        counted = Profile.count(trained, catalogue, config.loss.positive)
        scorer.profile, ndcg = fitted_profile(scorer, questions, crowd_log, counted)
    scorer.save(bundle)
    progress("export", 1, 1, {"validation/blended_ndcg_at_10": ndcg})
    description = {
        "max_length": length,
        "actions": list(histories.actions),
        "surfaces": list(histories.surfaces),
        "usual_action": histories.actions[int(np.bincount(read.action_E).argmax())],
        "reads": config.network.reads,
        "blend": asdict(scorer.blend),
        "counted": list(histories.positive_actions(config.loss.positive)),
        "profile": scorer.profile is not None,
        "validation_ndcg_at_10": ndcg,
    }
    write_json(bundle / DESCRIPTION, description)


def _histories(dataset: Dataset, catalogue: Catalogue) -> Histories:
    histories = read_histories(dataset, catalogue.item_ids)
    if (histories.item_E < 0).any():
        raise UserError(
            f"data set {dataset.name!r} has events of items that its table items lacks; "
            f"run `corkboard data validate {dataset.name}`"
        )
    return histories


def _counted(
    transformer: Transformer, catalogue: Catalogue, trained: Histories, read: Histories, config: Config
) -> Scorer:
    """The parts that training events tell, but for the profile, which is weighed after the others; weights are 0."""
    items = len(catalogue.item_ids)
    return Scorer(
        transformer,
        Popularity.count(trained, items, config.loss.positive, config.cold.half_life_days),
        Graph.count(read, items, config.blend.graph),
        Freshness.count(catalogue.created_s_N, read.item_E, read.time_s_E),
        Blend(),
        neighbours=Neighbours.count(read, items),
    )


def _trained(
    catalogue: Catalogue, trained: Histories, questions: Questions, config: Config, work: Path, progress: Progress
) -> SequenceNetwork:
    torch.manual_seed(config.training.seed)
    windows = Windows(trained, config.loss, config.network.max_length, config.training.seed)
    times_N = np.bincount(trained.item_E, minlength=len(catalogue.item_ids))
    item = ItemTower(config.tower, config.network.dim, torch.from_numpy(times_N > 0), catalogue.codes())
    user = UserTower(config.network, len(trained.actions), len(trained.surfaces))
    goals_N = np.bincount(windows.targets.item_P, minlength=len(times_N))
    network = SequenceNetwork(user, item, config.loss.temperature)
    frequency_N = torch.from_numpy(goals_N / goals_N.sum()).float()
    task = UserSequenceTask(config, network, frequency_N, torch.tensor(catalogue.created_s_N))
    batches = bucketed_batches(windows, windows.length_W, config.training.batch_size, config.training.seed)
    validation = validation_batches(questions, config.network.max_length)
    train(task, batches, validation, config.training, MONITOR, work, progress)
    return task.network.eval().float()


@torch.inference_mode()
def _vectors(network: SequenceNetwork) -> np.ndarray:
    return network.item().numpy()
