"""Evaluation of an opened bundle: a picture for each held-out item, and photos whose middle is filled.

Legend: N held-out items, M training items, S side in pixels, F features.
"""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message
from components.metrics import KernelDistance, Metric, Ratio, means
from components.system import Progress
from components.systems.canvas.conditions import CATEGORY
from components.systems.canvas.config import Config, EvaluationConfig
from components.systems.canvas.items import condition_of, decoded, items_of, said
from components.systems.canvas.judge import Judge, covered, density, drawn, learned_classifier, nearest, witness
from components.systems.canvas.masks import beside_product
from components.systems.canvas.predictor import CanvasPredictor, open_bundle
from components.systems.canvas.sampler import Sampler
from components.systems.canvas.sheets import copy_samples, write_fills, write_grid, write_neighbours
from components.systems.canvas.types import Request
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["evaluate"]

FEW = 2  # steps of the student
TIMED = 10  # requests timed for the latency
TIMED_STEPS = 8
RING_PX = 3  # to both sides of a product's edge
RINGS = 400  # training photos whose edges are compared
NEAR = 0.01  # share of validation photos that are nearer to a training photo than what counts as memorised


def evaluate(bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress) -> Evaluation:
    """Measure `bundle` on the items of `config.split`; every floor is in the same table.

    `.training` are training photos of the same categories, `.photos_16px` the held-out photos through 16 px,
    `.class_means` the mean training photos, `.real` the held-out photos themselves, `.few` what the student makes.
    """
    predictor, asked = open_bundle(bundle), config.evaluation
    judge, size_px = Judge(asked.encoder), predictor.sampler.size_px
    training, held_out = items_of(dataset, "train"), items_of(dataset, config.split)
    held_out = held_out[held_out["category"].isin(set(training["category"]))].reset_index(drop=True)
    rows_N = np.linspace(0, len(held_out) - 1, min(asked.most, len(held_out))).astype(int)
    validation = items_of(dataset, "validation")
    learned_MSS3 = decoded(dataset, training, size_px, progress)
    real_NSS3 = np.asarray(decoded(dataset, held_out, size_px, progress)[rows_N])
    held_out = held_out.iloc[rows_N].reset_index(drop=True)
    report = partial(_report, progress)
    learned_MF = judge.kept(learned_MSS3, report)
    validation_F = judge.kept(decoded(dataset, validation, size_px, progress), report)
    sampler = predictor.sampler
    made_NSS3 = _made(sampler, held_out, asked.steps, asked.guidance, progress)
    category_M, category_N = training[CATEGORY].to_numpy(), held_out[CATEGORY].to_numpy()
    generator = np.random.default_rng(0)
    copied_N = np.array([generator.choice(np.flatnonzero(category_M == name)) for name in category_N])
    mean_of = {
        name: learned_MSS3[np.flatnonzero(category_M == name)].mean(axis=0).astype(np.uint8) for name in set(category_N)
    }
    shown = {
        "made": made_NSS3,
        "real": real_NSS3,
        "training": learned_MSS3[copied_N],
        "photos_16px": np.stack([_through_16px(one) for one in real_NSS3]),
        "class_means": np.stack([mean_of[name] for name in category_N]),
    }
    if sampler.few is not None:
        shown["few"] = _made(sampler, held_out, FEW, None, progress)
    features = {name: judge.features(given_NSS3) for name, given_NSS3 in shown.items()}
    examples = pd.DataFrame({name: list(given_NF) for name, given_NF in features.items()})
    examples.index = pd.Index(held_out["item_id"], name="example_id")
    families = {"drawn": drawn} | ({} if asked.witness is None else {"witness": witness(asked.witness)})
    for family, of in families.items():
        examples = examples.assign(**{f"{name}_{family}": list(of(given)) for name, given in shown.items()})
    examples[CATEGORY] = category_N
    judged = _judged(features, learned_MF, training, held_out, asked)
    near, _ = nearest(validation_F, learned_MF)
    distance_N, neighbour_N = nearest(features["made"], learned_MF)
    judged["memorised"] = (distance_N < np.quantile(near, NEAR)).astype(float)
    judged["memorised.training"] = np.ones(len(held_out))
    for name, given_NF in features.items():
        if name != "real":
            beside = "" if name == "made" else f".{name}"
            judged[f"coverage{beside}"] = covered(features["real"], given_NF)
            judged[f"density{beside}"] = density(features["real"], given_NF)
    fills, filled = _fills(predictor, judge, held_out, real_NSS3, learned_MSS3, learned_MF, asked)
    edges = _edges(predictor, judge, held_out, real_NSS3, learned_MSS3, asked)
    larger = _enlarged(sampler, dataset, held_out, progress)
    examples = examples.assign(**judged, **fills, **edges, **larger)
    kid = Metric(name="kid", statistic=KernelDistance(generated="made", real="real"), direction="lower")
    floored = [name for name in shown if name not in ("made", "real")]
    floors = [kid.of_baseline(name, generated=name) for name in floored]
    for family in families:
        statistic = KernelDistance(generated=f"made_{family}", real=f"real_{family}")
        other = Metric(name=f"kid_{family}", statistic=statistic, direction="lower")
        floors += [other, *(other.of_baseline(name, generated=f"{name}_{family}") for name in floored)]
    lower = [name for name in judged if name.startswith("memorised")] + [*fills, *larger]
    if edges:
        ratio = Ratio(numerator="edge_made", denominator="edge_real")
        floors.append(Metric(name="edge_ratio", statistic=ratio, direction="lower"))
        lower.append("product_px_changed")
    out.mkdir(parents=True, exist_ok=True)
    timed = [Message(Request(category=category_N[0], steps=TIMED_STEPS, seed=seed)) for seed in range(TIMED)]
    return Evaluation(
        examples=examples,
        metrics=(kid, *floors, *means([name for name in judged if name not in lower]), *means(lower, "lower")),
        slices=(CATEGORY,),
        scalars=cost(bundle, predictor, timed),
        pictures=(
            write_grid(made_NSS3, category_N, out),
            write_neighbours(made_NSS3, learned_MSS3, neighbour_N, out),
            write_fills(filled, out),
            *copy_samples(bundle, out),
        ),
        notes=("Pictures are judged by all figures at once: a model can lower its kid alone without better pictures.",),
    )


def _made(sampler: Sampler, items: pd.DataFrame, steps: int, guidance: float | None, progress: Progress) -> np.ndarray:
    made = []
    for seed, item in enumerate(items.to_dict("records")):
        made.append(sampler.make(condition_of(item, sampler.conditions), seed, steps, guidance))
        progress("make", seed + 1, len(items), {"steps": steps})
    return np.stack(made)


def _enlarged(sampler: Sampler, dataset: Dataset, items: pd.DataFrame, progress: Progress) -> dict[str, np.ndarray]:
    """Mean difference from 0 to 1 of photos that were made smaller and larger again, and by a cubic interpolation."""
    size_px = sampler.size_px
    side = len(sampler.enlarged(np.zeros((size_px, size_px, 3), np.uint8)))
    if side == size_px:
        return {}
    errors = []
    for photo_LL3 in decoded(dataset, items, side, progress):
        small_SS3 = cv2.resize(photo_LL3, (size_px, size_px), interpolation=cv2.INTER_AREA)
        cubic_LL3 = cv2.resize(small_SS3, (side, side), interpolation=cv2.INTER_CUBIC)
        errors.append([cv2.absdiff(one, photo_LL3).mean() / 255 for one in (sampler.enlarged(small_SS3), cubic_LL3)])
    return dict(zip(("larger_error", "larger_error.cubic"), np.array(errors).T, strict=True))


def _judged(
    features: dict[str, np.ndarray],
    learned_MF: np.ndarray,
    training: pd.DataFrame,
    held_out: pd.DataFrame,
    asked: EvaluationConfig,
) -> dict[str, np.ndarray]:
    """Whether the classifiers see what was asked for: in made pictures, and in the floors."""
    judged: dict[str, np.ndarray] = {}
    told_M, told_N = (list(map(said, items.to_dict("records"))) for items in (training, held_out))
    right: dict[str, list[np.ndarray]] = {name: [] for name in features}
    for name in (CATEGORY, *asked.attributes):
        known = [row for row, told in enumerate(told_M) if name in told]
        model = learned_classifier(learned_MF[known], [told_M[row][name] for row in known])
        true_N = np.array([told.get(name, "") for told in told_N])
        metric = "class_accuracy" if name == CATEGORY else f"{name}_accuracy"
        for given, given_NF in features.items():
            right_N = (model.predict(given_NF) == true_N).astype(float)
            right[given].append(right_N)
            judged[metric if given == "made" else f"{metric}.{given}"] = right_N
    if asked.attributes:
        for given, columns in right.items():
            judged["all_right" if given == "made" else f"all_right.{given}"] = np.min(columns, axis=0)
    return judged


def _fills(
    predictor: CanvasPredictor,
    judge: Judge,
    items: pd.DataFrame,
    real_NSS3: np.ndarray,
    learned_MSS3: np.ndarray,
    learned_MF: np.ndarray,
    asked: EvaluationConfig,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Cosine distances of photos whose middle quarter was filled to the photos, and for a sheet all kinds of them."""
    sampler = predictor.sampler
    size_px = sampler.size_px
    mask_SS = np.zeros((size_px, size_px), bool)
    mask_SS[size_px // 4 : -size_px // 4, size_px // 4 : -size_px // 4] = True
    hole_SS1 = mask_SS[..., None]
    blurred_NSS3 = np.stack([cv2.inpaint(one, mask_SS.astype(np.uint8), 3, cv2.INPAINT_TELEA) for one in real_NSS3])
    _, copy_N = nearest(judge.features(blurred_NSS3), learned_MF)
    copied_NSS3 = np.where(hole_SS1, learned_MSS3[copy_N], real_NSS3)
    filled_NSS3 = np.stack(
        [
            sampler.make(condition_of(item, sampler.conditions), seed, asked.steps, asked.guidance, one_SS3, mask_SS)
            for seed, (item, one_SS3) in enumerate(zip(items.to_dict("records"), real_NSS3, strict=True))
        ]
    )
    assert (np.where(hole_SS1, 0, filled_NSS3) == np.where(hole_SS1, 0, real_NSS3)).all()
    truth_NF = judge.features(real_NSS3)
    kinds = {"fill_distance": filled_NSS3, "fill_distance.copy": copied_NSS3, "fill_distance.blur": blurred_NSS3}
    distances = {name: _paired(judge.features(given), truth_NF) for name, given in kinds.items()}
    return distances, np.stack([np.where(hole_SS1, 128, real_NSS3), *kinds.values(), real_NSS3]).astype(np.uint8)


def _edges(
    predictor: CanvasPredictor,
    judge: Judge,
    items: pd.DataFrame,
    real_NSS3: np.ndarray,
    learned_MSS3: np.ndarray,
    asked: EvaluationConfig,
) -> dict[str, np.ndarray]:
    """Cosine distances from products' edges to the nearest training photo's: on made backgrounds, and as they are.

    Only the ring around an edge is seen. `product_px_changed` counts what differs of the product itself. Photos without
    a white backdrop have zeros, which do not count in a ratio; nothing is told where there are none.
    """
    sampler = predictor.sampler
    masks = [(row, _backdrop(one_SS3)) for row, one_SS3 in enumerate(real_NSS3)]
    places = [(row, mask_SS) for row, mask_SS in masks if mask_SS is not None]
    few = np.linspace(0, len(learned_MSS3) - 1, min(RINGS, len(learned_MSS3))).astype(int)
    known = [(learned_MSS3[row], _backdrop(learned_MSS3[row])) for row in few]
    rings = [_ring(one_SS3, mask_SS) for one_SS3, mask_SS in known if mask_SS is not None]
    if not places or not rings:
        return {}
    found = {name: np.zeros(len(items)) for name in ("edge_made", "edge_real", "product_px_changed")}
    rings_MF, told = judge.features(np.stack(rings)), items.to_dict("records")
    for row, mask_SS in places:
        seen_SS3, condition_K = real_NSS3[row], condition_of(told[row], sampler.conditions)
        made_SS3 = sampler.make(condition_K, row, asked.steps, asked.guidance, seen_SS3, mask_SS)
        both_2F = judge.features(np.stack([_ring(made_SS3, mask_SS), _ring(seen_SS3, mask_SS)]))
        found["edge_made"][row], found["edge_real"][row] = nearest(both_2F, rings_MF)[0]
        found["product_px_changed"][row] = (made_SS3 != seen_SS3)[~mask_SS].any(axis=1).sum()
    assert not found["product_px_changed"].any()
    return found


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
    progress("judge", done, total, {})
