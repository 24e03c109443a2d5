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
from components.session import open_session
from components.system import Progress
from components.systems.user_sequence.blend import chosen_blend
from components.systems.user_sequence.catalogue import Catalogue, read_catalogue
from components.systems.user_sequence.config import Config
from components.systems.user_sequence.crowd import Crowd
from components.systems.user_sequence.evidence import count_evidence
from components.systems.user_sequence.export import export_user_tower
from components.systems.user_sequence.freshness import Freshness
from components.systems.user_sequence.held_out import Questions, questions
from components.systems.user_sequence.histories import Histories, read_histories
from components.systems.user_sequence.kin import Kin
from components.systems.user_sequence.network import ItemTower, SequenceNetwork, UserTower
from components.systems.user_sequence.people import people_of, popularity
from components.systems.user_sequence.predictor import DESCRIPTION, GRAPH, INDEX, TOWER
from components.systems.user_sequence.protocol import positive_actions
from components.systems.user_sequence.scorer import Blend, Scorer
from components.systems.user_sequence.stacking import stacked
from components.systems.user_sequence.task import MONITOR, UserSequenceTask
from components.systems.user_sequence.validation import question_batches
from components.systems.user_sequence.windows import Windows
from components.transitions import TransitionGraph
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["fit"]


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train, export, count the graph, weigh it on validation; see `components.system.System.fit`."""
    catalogue = read_catalogue(dataset)
    histories = _histories(dataset, catalogue)
    trained, known = histories.within("train"), histories.within("train", "validation")
    read = trained.doing(config.network.reads)
    asked = questions(known, config.loss, config.network.reads, config.evaluation.users)
    network = _trained(catalogue, read, asked, config, work, progress)
    progress("export", 0, 1, {})
    length = config.network.max_length
    export_user_tower(network, len(histories.actions), len(histories.surfaces), length, bundle / TOWER)
    vector_ND = _vectors(network)
    index = Gallery.build(vector_ND, catalogue.item_ids, catalogue.metadata(), {"title": catalogue.titles})
    index.save(bundle / INDEX)
    graph = TransitionGraph.count(read.item_E, read.offset_U1, len(vector_ND), config.blend.graph)
    graph.save(bundle / GRAPH)
    freshness = Freshness.count(catalogue.created_s_N, read.item_E, read.time_s_E)
    freshness.save(bundle)
    people_of(known, popularity(trained, len(vector_ND), config.loss, config.cold)).save(bundle)
    tower = open_session(bundle / TOWER, torch.get_num_threads())
    kin = Kin.count(read.user_ids.tolist(), read.item_E, read.owners(), len(vector_ND))
    crowd = Crowd.of(known, len(vector_ND), config.loss.positive, kin)
    scorer = Scorer(tower, vector_ND, length, graph, freshness, Blend(), kin)
    blend, ndcg = chosen_blend(scorer, asked, crowd, config.blend)
    if blend.alike:
        kin.save(bundle)
    profile = None
    if config.blend.profile:
        progress("weigh the profile", 0, 1, {"validation/blended_ndcg_at_10": ndcg})
        evidence = count_evidence(trained, catalogue, config.loss.positive)
        weighed = Scorer(tower, vector_ND, length, graph, freshness, blend, kin if blend.alike else None)
        profile, ndcg = stacked(weighed, asked, crowd, evidence)
    if profile is not None:
        profile.save(bundle)
    progress("export", 1, 1, {"validation/blended_ndcg_at_10": ndcg})
    description = {
        "max_length": length,
        "actions": list(histories.actions),
        "surfaces": list(histories.surfaces),
        "usual_action": histories.actions[int(np.bincount(read.action_E).argmax())],
        "reads": config.network.reads,
        "blend": asdict(blend),
        "counted": list(positive_actions(histories.actions, config.loss.positive)),
        "profile": profile is not None,
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


def _trained(
    catalogue: Catalogue, trained: Histories, asked: Questions, config: Config, work: Path, progress: Progress
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
    size, seed = config.training.batch_size, config.training.seed
    batches = bucketed_batches(windows, windows.length_W, size, seed)
    train(task, batches, question_batches(asked, config.network.max_length), config.training, MONITOR, work, progress)
    return task.network.eval().float()


@torch.inference_mode()
def _vectors(network: SequenceNetwork) -> np.ndarray:
    return network.item().numpy()
