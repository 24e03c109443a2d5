"""Evaluation of an opened bundle: the pictures go through the predictor that will serve them.

Legend: H height and W width of a picture in pixels, L labels, G side of the baseline's grid.
"""

import io
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image

from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message, answer_one, pictured
from components.metrics import Scalar, means
from components.system import Progress
from components.systems.scene_parsing.accuracy import (
    OTHER,
    agreement,
    attributes_told,
    boundary_f1,
    iou_by_label,
    label_metrics,
)
from components.systems.scene_parsing.config import Config
from components.systems.scene_parsing.detection import Detections
from components.systems.scene_parsing.overlays import draw
from components.systems.scene_parsing.position import commonest_labels
from components.systems.scene_parsing.predictor import MASK, open_bundle
from components.systems.scene_parsing.truths import Truth, labels_of, truths_of
from components.systems.scene_parsing.types import Region, Request
from data.dataset import Dataset

__all__ = ["evaluate"]

TIMED = 100  # requests timed for the latency
POSITION = "position"  # the baseline
LARGE_PX = (64_000, 256_000, 1_024_000)  # bounds of the slices by size
RARE = {"rare": 0.05, "uncommon": 0.2}  # share of training pictures with the rarest label of a picture, below


def evaluate(bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress) -> Evaluation:
    """Measure `bundle` on the pictures of `config.split`, with the labels of the data set's training split."""
    predictor = open_bundle(bundle)
    labels = labels_of(dataset)
    training, truths = truths_of(dataset, "train", labels), truths_of(dataset, config.split, labels)
    label_GG = commonest_labels(training, len(labels), lambda done, total: progress("position", done, total, {}))
    share_L = _shares(training, len(labels))
    detections = Detections(labels[1:])
    rows, answers, told = [], [], Counter[tuple[str, bool]]()
    for number, truth in enumerate(truths):
        progress("parse", number, len(truths), {})
        answer = answer_one(predictor.answers, pictured(Request(), truth.image.read_bytes()))
        place_HW = truth.places()
        detections.add(
            place_HW, [labels[label] if label >= 0 else "" for label in truth.label_R], answer.fields.regions
        )
        value_HW, regions = _values(answer, place_HW.shape), answer.fields.regions
        told.update(attributes_told(place_HW, truth.attributes, value_HW, [region.attributes for region in regions]))
        true_HW, found_HW = truth.labels(place_HW), _labels(regions, labels)[value_HW]
        row = agreement(true_HW, found_HW, labels) | {"boundary_f1": boundary_f1(true_HW, found_HW)}
        answers.append(found_HW.astype(np.int16))
        guess_HW = cv2.resize(label_GG, place_HW.shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
        row |= {f"{POSITION}_{name}": value for name, value in agreement(true_HW, guess_HW, labels).items()}
        rows.append(
            row | {"example_id": truth.item_id, "size": _size(place_HW.size), "labels": _rarity(truth, share_L)}
        )
    examples = pd.DataFrame(rows).set_index("example_id")
    metrics = label_metrics(labels)
    baselines = label_metrics(labels, f"{POSITION}_")
    pictures = islice((truth.image.read_bytes() for truth in truths), TIMED)
    accuracies = {
        f"accuracy_{name}": Scalar(value=told[name, True] / (told[name, True] + told[name, False]), direction="higher")
        for name in sorted({name for name, _ in told})
    }
    by_label = {
        f"iou_{name}": Scalar(value=iou, direction="higher") for name, iou in iou_by_label(examples, labels).items()
    }
    return Evaluation(
        examples=examples,
        metrics=(
            *metrics.values(),
            *means(["boundary_f1"]),
            *(metric.model_copy(update={"name": f"{name}.{POSITION}"}) for name, metric in baselines.items()),
        ),
        slices=("size", "labels"),
        scalars=detections.precision()
        | accuracies
        | by_label
        | cost(bundle, predictor, (pictured(Request(), picture) for picture in pictures)),
        pictures=draw(examples, truths, answers, labels, out),
    )


def _values(answer: Message, size: tuple[int, ...]) -> np.ndarray:
    """The numbers of an answer's regions at `size`, height and width."""
    with Image.open(io.BytesIO(answer.parts[MASK].content)) as image:
        return cv2.resize(np.asarray(image), size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)


def _labels(regions: Sequence[Region], labels: Sequence[str]) -> np.ndarray:
    """By a region's number, its label's in `labels`; `OTHER` for one that they lack."""
    code = {label: number for number, label in enumerate(labels)}
    label_of = np.zeros(256, np.int64)
    for region in regions:
        label_of[region.value] = code.get(region.label, OTHER)
    return label_of


def _size(pixels: int) -> str:
    """Such as "up to 256000 px"."""
    above = [bound for bound in LARGE_PX if pixels <= bound]
    return f"up to {above[0]} px" if above else f"over {LARGE_PX[-1]} px"


def _shares(training: Sequence[Truth], labels: int) -> np.ndarray:
    """The share of the pictures in which each label occurs."""
    count_L = np.zeros(labels)
    for truth in training:
        count_L[np.unique(truth.label_R[truth.label_R >= 0])] += 1
    return count_L / len(training)


def _rarity(truth: Truth, share_L: np.ndarray) -> str:
    """How common the rarest label of a picture is."""
    least = min((float(share_L[label]) for label in truth.label_R if label >= 0), default=1.0)
    return next((name for name, below in RARE.items() if least < below), "common")
