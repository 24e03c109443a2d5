"""Evaluation of an opened bundle: a picture for each held-out item, and photos whose middle is filled.

Legend: N held-out items, M training items, S side in pixels, F features.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message
from components.metrics import Direction, KernelDistance, Metric, Ratio, means
from components.metrics.neighbours import copying, coverage, density, nearest
from components.system import Progress
from components.systems.canvas.conditions import CATEGORY
from components.systems.canvas.config import Config, EvaluationConfig
from components.systems.canvas.features import FeatureEncoder, fit_classifier, hog_features, second_encoder
from components.systems.canvas.items import condition_of, decoded, items_of, labels_of
from components.systems.canvas.masks import beside_product
from components.systems.canvas.predictor import open_bundle
from components.systems.canvas.sampler import Sampler
from components.systems.canvas.sheets import copy_samples, write_fills, write_grid, write_neighbours
from components.systems.canvas.types import Request
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["evaluate"]

MEASURED_STEPS = 2
TIMED = 10  # requests timed for the latency
TIMED_STEPS = 8
RING_PX = 3  # to both sides of a product's edge
RINGS = 400  # training photos whose edges are compared
NEAR = 0.01  # share of validation photos that are nearer to a training photo than what counts as memorised
CHANGED = "product_px_changed"
COMMONEST = 10  # categories of which `common_class_accuracy_ratio` is


@dataclass(frozen=True)
class Subject:
    """A model, and the photos that it is compared with: those for training and validation, and the held-out ones."""

    sampler: Sampler
    encoder: FeatureEncoder
    settings: EvaluationConfig
    training: pd.DataFrame
    training_MSS3: np.ndarray
    training_MF: np.ndarray
    validation: pd.DataFrame
    validation_MSS3: np.memmap
    items: pd.DataFrame
    real_NSS3: np.ndarray

    def make(self, row: int, mask_SS: np.ndarray | None = None) -> np.ndarray:
        """The picture of held-out item `row`; with a mask, its photo with the masked part anew."""
        condition_K = condition_of(self.items.iloc[row].to_dict(), self.sampler.conditions)
        photo_SS3 = None if mask_SS is None else self.real_NSS3[row]
        return self.sampler.make(condition_K, row, self.settings.steps, self.settings.guidance, photo_SS3, mask_SS)


def evaluate(bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress) -> Evaluation:
    """Measure `bundle` on the items of `config.split`; every floor is in the same table.

    `.training` and `.validation` are photos of the same categories, where validation has none of one those for
    training; with `split: validation` they are the held-out ones, drawn again. `.photos_16px` are the held-out photos
    through 16 px, `.class_means` the mean training photos, `.gaussian` draws from the Gaussian of those of a category,
    `.real` the held-out photos themselves, `.student` pictures of the student, `.copy` fills from the nearest training
    photo, `.blur` fills by OpenCV.
    """
    predictor, settings = open_bundle(bundle), config.evaluation
    subject = _subject(predictor.sampler, dataset, config, progress)
    shown, (filled, hole_SS1) = _shown(subject, progress), _filled(subject)
    features, filled_features = (
        {name: subject.encoder.features(pixels_NSS3) for name, pixels_NSS3 in kinds.items()}
        for kinds in (shown, filled)
    )
    families: dict[str, Callable[[np.ndarray], np.ndarray]] = {"hog": hog_features}
    if settings.second_encoder is not None:
        families["second_encoder"] = second_encoder(settings.second_encoder)
    others = {f"{name}_{family}": of(shown[name]) for family, of in families.items() for name in shown}
    vectors = {name: list(of_NF) for name, of_NF in (features | filled_features | others).items()}
    right, common_right = _accuracies(subject, features)
    memorised, neighbour_N = _memorised(subject, features, progress)
    fills = {
        f"fill_distance{name.removeprefix('filled')}": _paired(of_NF, features["real"])
        for name, of_NF in filled_features.items()
    }
    higher = right | _variety(features)
    lower = memorised | fills | _upsampled(subject.sampler, dataset, subject.items, progress)
    edges = _edges(subject)
    category_N = subject.items[CATEGORY].to_numpy()
    examples = pd.DataFrame(vectors, index=pd.Index(subject.items["item_id"], name="example_id"))
    examples = examples.assign(**{CATEGORY: category_N}, **higher, **common_right, **lower, **edges)
    metrics = [*_distances(list(shown), list(filled), families), *means(list(higher)), *means(list(lower), "lower")]
    metrics += [*_ratios(examples, settings.attributes), *means([name for name in edges if name == CHANGED], "lower")]
    out.mkdir(parents=True, exist_ok=True)
    timed = [Message(Request(category=category_N[0], steps=TIMED_STEPS, seed=seed)) for seed in range(TIMED)]
    return Evaluation(
        examples=examples,
        metrics=tuple(metrics),
        slices=(CATEGORY,),
        scalars=cost(bundle, predictor, timed),
        pictures=(
            write_grid(shown["made"], category_N, out),
            write_neighbours(shown["made"], subject.training_MSS3, neighbour_N, out),
            write_fills([np.where(hole_SS1, 128, shown["real"]), *filled.values(), shown["real"]], out),
            *copy_samples(bundle, out),
        ),
        notes=("Read all figures at once: a model can lower its kid alone without better pictures.",),
    )


def _subject(sampler: Sampler, dataset: Dataset, config: Config, progress: Progress) -> Subject:
    settings, size_px = config.evaluation, sampler.size_px
    training, validation = (items_of(dataset, split) for split in ("train", "validation"))
    items = items_of(dataset, config.split)
    items = items[items[CATEGORY].isin(set(training[CATEGORY]))].reset_index(drop=True)
    rows_N = np.linspace(0, len(items) - 1, min(settings.most, len(items))).astype(int)
    encoder = FeatureEncoder(settings.encoder)
    training_MSS3 = decoded(dataset, training, size_px, progress)
    return Subject(
        sampler,
        encoder,
        settings,
        training,
        training_MSS3,
        encoder.cached(training_MSS3, partial(_report, progress)),
        validation,
        decoded(dataset, validation, size_px, progress),
        items.iloc[rows_N].reset_index(drop=True),
        np.asarray(decoded(dataset, items, size_px, progress)[rows_N]),
    )


def _shown(subject: Subject, progress: Progress) -> dict[str, np.ndarray]:
    """Pictures uint8 (N, S, S, 3) by name: those of the model, the real photos, and the floors."""
    sampler, count, category_N = subject.sampler, len(subject.items), subject.items[CATEGORY].to_numpy()
    training = _by_category(subject.training, subject.training_MSS3)
    validation = _by_category(subject.validation, subject.validation_MSS3)
    mean_of = {name: photos_KSS3.mean(axis=0).astype(np.uint8) for name, photos_KSS3 in training.items()}
    made = []
    for row in range(count):
        made.append(subject.make(row))
        progress("make", row + 1, count, {"steps": subject.settings.steps})
    generator = np.random.default_rng(0)
    shown = {
        "made": np.stack(made),
        "real": subject.real_NSS3,
        "training": np.stack([generator.choice(training[name]) for name in category_N]),
        "validation": np.stack([generator.choice(validation.get(name, training[name])) for name in category_N]),
        "photos_16px": np.stack([_through_16px(photo_SS3) for photo_SS3 in subject.real_NSS3]),
        "class_means": np.stack([mean_of[name] for name in category_N]),
        "gaussian": np.stack([_gaussian(training[name], generator) for name in category_N]),
    }
    if sampler.student is not None:
        conditions = [condition_of(item, sampler.conditions) for item in subject.items.to_dict("records")]
        made = [sampler.make(condition_K, seed, MEASURED_STEPS, None) for seed, condition_K in enumerate(conditions)]
        shown["student"] = np.stack(made)
    return shown


def _by_category(items: pd.DataFrame, pixels_MSS3: np.ndarray) -> dict[str, np.ndarray]:
    return {str(name): np.asarray(pixels_MSS3[rows]) for name, rows in items.groupby(CATEGORY).indices.items()}


def _gaussian(photos_KSS3: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A draw from the Gaussian that has the mean and the covariance of the photos, in all their components."""
    mean_SS3, weight_K = photos_KSS3.mean(axis=0), generator.standard_normal(len(photos_KSS3))
    drawn_SS3 = mean_SS3 + np.tensordot(weight_K, photos_KSS3 - mean_SS3, 1) / max(1, len(photos_KSS3) - 1) ** 0.5
    return drawn_SS3.clip(0, 255).astype(np.uint8)


def _memorised(
    subject: Subject, features: Mapping[str, np.ndarray], progress: Progress
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Which made pictures are nearer to a training photo than photos are, and the row of the nearest one."""
    validation_MF = subject.encoder.cached(subject.validation_MSS3, partial(_report, progress))
    limit = np.quantile(nearest(validation_MF, subject.training_MF)[0], NEAR)
    (distance_N, neighbour_N), (real_N, _) = (nearest(features[of], subject.training_MF) for of in ("made", "real"))
    category_N = subject.items[CATEGORY].to_numpy()
    return {
        "memorised": (distance_N < limit).astype(float),
        "memorised.training": np.ones(len(category_N)),
        "copying": copying(distance_N, real_N, category_N),
    }, neighbour_N


def _distances(shown: Sequence[str], filled: Sequence[str], families: Iterable[str]) -> list[Metric]:
    """The kernel distances of made pictures, of fills and of floors, in the features of the encoder, and of made
    pictures in those of the other families."""
    fill = Metric(name="kid_fill", statistic=KernelDistance(generated=filled[0], real="real"), direction="lower")
    metrics = [fill, *(fill.of_baseline(name.partition(".")[2], generated=name) for name in filled[1:])]
    floors = [name for name in shown if name not in ("made", "real")]
    for end in ("", *(f"_{family}" for family in families)):
        statistic = KernelDistance(generated=f"made{end}", real=f"real{end}")
        kid = Metric(name=f"kid{end}", statistic=statistic, direction="lower")
        metrics += [kid, *(kid.of_baseline(name, generated=f"{name}{end}") for name in floors)]
    return metrics


def _ratios(examples: pd.DataFrame, attributes: Sequence[str]) -> list[Metric]:
    """What made pictures reach of what real ones do."""
    accuracies = [*(f"{name}_accuracy" for name in attributes), "all_right"]
    ratios: dict[str, tuple[str, str, Direction]] = {
        "common_class_accuracy_ratio": ("common_right", "common_right.real", "higher"),
        **{f"{name}_ratio": (name, f"{name}.real", "higher") for name in accuracies},
        "edge_ratio": ("edge_made", "edge_real", "lower"),
    }
    return [
        Metric(name=name, statistic=Ratio(numerator=made, denominator=real), direction=direction)
        for name, (made, real, direction) in ratios.items()
        if real in examples
    ]


def _accuracies(
    subject: Subject, features: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Whether linear classifiers recognise the labels that made pictures, and the floors, are to show; and those of
    the commonest categories alone, of made pictures and of real ones."""
    scores: dict[str, np.ndarray] = {}
    labels_M, labels_N = (
        [labels_of(item) for item in items.to_dict("records")] for items in (subject.training, subject.items)
    )
    correct: dict[str, list[np.ndarray]] = {name: [] for name in features}
    for name in (CATEGORY, *subject.settings.attributes):
        known = [row for row, labels in enumerate(labels_M) if name in labels]
        model = fit_classifier(subject.training_MF[known], [labels_M[row][name] for row in known])
        true_N = np.array([labels.get(name, "") for labels in labels_N])
        metric = "class_accuracy" if name == CATEGORY else f"{name}_accuracy"
        for shown, features_NF in features.items():
            correct_N = (model.predict(features_NF) == true_N).astype(float)
            correct[shown].append(correct_N)
            scores[metric + _suffix(shown)] = correct_N
    scores |= {f"all_right{_suffix(shown)}": np.min(columns, axis=0) for shown, columns in correct.items()}
    category = subject.items[CATEGORY]
    common_N = category.isin(category.value_counts().index[:COMMONEST]).to_numpy()
    return scores, {f"common_right{end}": scores[f"class_accuracy{end}"] * common_N for end in ("", ".real")}


def _variety(features: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Coverage and density of made pictures and of the floors."""
    scores = {}
    for shown, features_NF in features.items():
        if shown != "real":
            scores[f"coverage{_suffix(shown)}"] = coverage(features["real"], features_NF)
            scores[f"density{_suffix(shown)}"] = density(features["real"], features_NF)
    return scores


def _suffix(shown: str) -> str:
    return "" if shown == "made" else f".{shown}"


def _upsampled(sampler: Sampler, dataset: Dataset, items: pd.DataFrame, progress: Progress) -> dict[str, np.ndarray]:
    """Mean difference, 0 to 1, of photos from themselves made smaller and upsampled, and of cubic interpolation."""
    size_px = sampler.size_px
    side = len(sampler.upsampled(np.zeros((size_px, size_px, 3), np.uint8)))
    if side == size_px:
        return {}
    errors = []
    for photo_LL3 in decoded(dataset, items, side, progress):
        small_SS3 = cv2.resize(photo_LL3, (size_px, size_px), interpolation=cv2.INTER_AREA)
        cubic_LL3 = cv2.resize(small_SS3, (side, side), interpolation=cv2.INTER_CUBIC)
        errors.append([cv2.absdiff(one, photo_LL3).mean() / 255 for one in (sampler.upsampled(small_SS3), cubic_LL3)])
    return dict(zip(("upsampling_error", "upsampling_error.cubic"), np.array(errors).T, strict=True))


def _filled(subject: Subject) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Photos (N, S, S, 3) whose middle quarter the model and the floors filled, and that quarter, bool (S, S, 1)."""
    size_px, real_NSS3 = subject.sampler.size_px, subject.real_NSS3
    mask_SS = np.zeros((size_px, size_px), bool)
    mask_SS[size_px // 4 : -size_px // 4, size_px // 4 : -size_px // 4] = True
    hole_SS1 = mask_SS[..., None]
    blurred_NSS3 = np.stack([cv2.inpaint(one, mask_SS.astype(np.uint8), 3, cv2.INPAINT_TELEA) for one in real_NSS3])
    _, copy_N = nearest(subject.encoder.features(blurred_NSS3), subject.training_MF)
    filled_NSS3 = np.stack([subject.make(row, mask_SS) for row in range(len(real_NSS3))])
    assert (np.where(hole_SS1, 0, filled_NSS3) == np.where(hole_SS1, 0, real_NSS3)).all()
    copied_NSS3 = np.where(hole_SS1, subject.training_MSS3[copy_N], real_NSS3)
    return {"filled": filled_NSS3, "filled.copy": copied_NSS3, "filled.blur": blurred_NSS3}, hole_SS1


def _edges(subject: Subject) -> dict[str, np.ndarray]:
    """Cosine distances from products' edges to the nearest training photo's: on made backgrounds, and as they are.

    Only the ring around an edge is encoded. `product_px_changed` counts what differs of the product itself. Photos
    without a white backdrop have zeros, which do not count in a ratio; empty if there are none.
    """
    training_MSS3, features = subject.training_MSS3, subject.encoder.features
    chosen = np.linspace(0, len(training_MSS3) - 1, min(RINGS, len(training_MSS3))).astype(int)
    known = [(training_MSS3[row], _backdrop(training_MSS3[row])) for row in chosen]
    rings = [_ring(photo_SS3, mask_SS) for photo_SS3, mask_SS in known if mask_SS is not None]
    backdrops = [(row, _backdrop(photo_SS3)) for row, photo_SS3 in enumerate(subject.real_NSS3)]
    products = [(row, mask_SS) for row, mask_SS in backdrops if mask_SS is not None]
    if not products or not rings:
        return {}
    rings_MF = features(np.stack(rings))
    columns = {name: np.zeros(len(subject.items)) for name in ("edge_made", "edge_real", CHANGED)}
    for row, mask_SS in products:
        real_SS3, made_SS3 = subject.real_NSS3[row], subject.make(row, mask_SS)
        both_2F = features(np.stack([_ring(made_SS3, mask_SS), _ring(real_SS3, mask_SS)]))
        columns["edge_made"][row], columns["edge_real"][row] = nearest(both_2F, rings_MF)[0]
        columns[CHANGED][row] = (made_SS3 != real_SS3)[~mask_SS].any(axis=1).sum()
    assert not columns[CHANGED].any()
    return columns


def _backdrop(pixels_SS3: np.ndarray) -> np.ndarray | None:
    try:
        return beside_product(pixels_SS3)
    except UserError:
        return None


def _ring(pixels_SS3: np.ndarray, mask_SS: np.ndarray) -> np.ndarray:
    """The picture around the edge of its mask, grey elsewhere."""
    kernel = np.ones((2 * RING_PX + 1, 2 * RING_PX + 1), np.uint8)
    mask_SS = mask_SS.astype(np.uint8)
    ring_SS = cv2.dilate(mask_SS, kernel) != cv2.erode(mask_SS, kernel)
    return np.where(ring_SS[..., None], pixels_SS3, 128).astype(np.uint8)


def _paired(x_NF: np.ndarray, y_NF: np.ndarray) -> np.ndarray:
    lengths_N = np.linalg.norm(x_NF, axis=1) * np.linalg.norm(y_NF, axis=1)
    return np.asarray(1 - (x_NF * y_NF).sum(axis=1) / lengths_N, np.float64)


def _through_16px(pixels_SS3: np.ndarray) -> np.ndarray:
    small = cv2.resize(pixels_SS3, (16, 16), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, pixels_SS3.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _report(progress: Progress, done: int, total: int) -> None:
    progress("features", done, total, {})
