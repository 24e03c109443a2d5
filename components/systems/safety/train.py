"""Training: logistic regressions on what raters said, made invariant to which group of people is named.

Legend: N texts, F hashed features, S signs, H heads.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack

from components.system import Progress
from components.systems.safety.classifier import HEADS, Reading, save_classifier
from components.systems.safety.config import Config
from components.systems.safety.lexicon import rated, valences
from components.systems.safety.pictures import write_network
from components.systems.safety.predictor import POLICY
from components.systems.safety.signs import PEOPLE
from components.systems.safety.spelling import plain, words
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["fit"]

PLAIN, TEMPLATE, THING = "plain", "template", "thing"
THINGS = ("weather", "traffic", "movie", "food", "phone", "show", "game", "car", "song", "it")
MOST = 0.5  # of raters
CALIBRATION = 1e6  # so weak a penalty that it is none
KNOWN = 2  # how often a word of the lexicon, or the name of a group, counts as read beside where it was


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:  # noqa: ARG001
    """Fit, calibrate and choose thresholds; see `components.system.System.fit`. Too quick to need checkpoints."""
    texts = dataset.table("texts").to_pandas()
    texts = texts[(texts["test"] == "") & texts["split"].isin(["train", "validation"])].reset_index(drop=True)
    progress("read", 0, 3, {})
    reading = _reading(texts[texts["split"] == "train"], config)
    read = [reading.words(text) for text in texts["text"]]
    progress("fit", 1, 3, {})
    fitted = [_head(*_examples(texts, read, name), reading, config, name) for name in HEADS]
    arrays = {name: np.stack([head[name] for head in fitted], axis=-1) for name in fitted[0]}
    save_classifier(bundle, reading, arrays)
    write_json(bundle / POLICY, config.policy.model_dump(mode="json"))
    if config.pictures:
        write_network(bundle)
    progress("fit", 3, 3, {f"train/{name}": float(arrays["threshold"][at]) for at, name in enumerate(HEADS)})


def _reading(texts: pd.DataFrame, config: Config) -> Reading:
    """What is known of words: those of training, of the lexicon and of the names of groups."""
    found = Counter(word for text in texts["text"] for word in words(plain(text)))
    common = {word: count for word, count in found.items() if count >= config.least_count}
    terms = {" ".join(words(plain(term))) for term in (*config.groups, *texts["term"].unique())} - {""}
    terms |= {f"{term}s" for term in terms if not term.endswith("s")}
    lexicon = {word: value for word, value in rated().items() if word not in terms}
    counts = Counter(common)
    counts.update({word: KNOWN for name in (*lexicon, *terms) for word in name.split()})
    valence = valences(lexicon, set(common) - terms, set())
    return Reading(dict(sorted(counts.items())), valence, tuple(sorted(terms)), config.features)


def _features(reading: Reading, read: list[list[str]], scale: float) -> csr_matrix:
    """N-grams, each text's of one length, then the signs: (N, F + S)."""
    pairs = [reading.features(one) for one in read]
    sizes_N = np.array([len(gram_F) for gram_F, _ in pairs])
    values = np.repeat(scale / np.sqrt(np.maximum(sizes_N, 1)), sizes_N)
    columns = np.concatenate([gram_F for gram_F, _ in pairs])
    grams = csr_matrix((values, columns, np.r_[0, np.cumsum(sizes_N)]), shape=(len(pairs), reading.size))
    return csr_matrix(hstack([grams, np.array([sign_S for _, sign_S in pairs])]))


def _examples(texts: pd.DataFrame, read: list[list[str]], name: str) -> tuple[pd.DataFrame, list[list[str]]]:
    """The texts of which the label is known, and of hateful ones that name a group a copy about a thing."""
    known = texts[texts[name].notna()]
    examples = pd.DataFrame({"share": known[name], "trains": known["split"] == "train", "kind": PLAIN})
    examples.loc[known["term"] != "", "kind"] = TEMPLATE
    words = [read[row] for row in known.index]
    if name != "hateful":  # a thing can be spoken of offensively
        return examples, words
    copied = np.flatnonzero(examples["trains"] & (examples["kind"] == TEMPLATE) & (examples["share"] >= MOST))
    copies = [[THINGS[row % len(THINGS)] if word == PEOPLE else word for word in words[row]] for row in copied]
    things = pd.DataFrame({"share": 0.0, "trains": True, "kind": THING}, index=range(len(copies)))
    return pd.concat([examples, things], ignore_index=True), words + copies


def _head(examples: pd.DataFrame, read: list[list[str]], reading: Reading, config: Config, name: str) -> dict[str, Any]:
    """The mean of two regressions on the shares of raters, calibrated on the validation split.

    One sees only who is spoken of how, so that it carries over to texts of another kind; the other n-grams as well.
    """
    features = _features(reading, read, config.ngrams)
    share_N, trains_N = examples["share"].to_numpy(float), examples["trains"].to_numpy()
    train, held_out = np.flatnonzero(trains_N), np.flatnonzero(~trains_N)
    if any(len({*(share_N[rows] >= MOST)}) < 2 for rows in (train, held_out)):
        raise UserError(f"there are no texts that are {name} and not so in both train and validation; add some")
    coefficients, bias = np.zeros(features.shape[1], np.float64), 0.0
    for start, weights in ((config.features, config.alone), (0, config.together)):
        weight_N = examples["kind"].map({PLAIN: 1.0, TEMPLATE: weights.templates, THING: weights.things}).to_numpy()
        model = _voted(features[:, start:], share_N, weight_N, train, config.inverse_penalty)
        coefficients[start:] += model.coef_[0] / 2
        bias += float(model.intercept_[0]) / 2
    logit_N = features @ coefficients + bias
    ones_N = np.ones(len(examples))
    platt = _voted(csr_matrix(logit_N[:, None]), share_N, ones_N, held_out, CALIBRATION)  # Platt 1999
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    probability_N = 1 / (1 + np.exp(-(slope * logit_N + shift)))
    chosen_by = [~trains_N, (examples["kind"] == TEMPLATE).to_numpy()]  # tweets that are held out, and templates
    even_N = np.sum([rows_N / max(rows_N.sum(), 1) for rows_N in chosen_by], axis=0)
    known = np.flatnonzero(even_N)
    return {
        "grams": (coefficients[: config.features] * config.ngrams).astype(np.float32),
        "signs": coefficients[config.features :].astype(np.float32),
        "bias": bias,
        "slope": slope,
        "shift": shift,
        "threshold": _threshold(probability_N[known], share_N[known] >= MOST, even_N[known]),
    }


def _voted(features: csr_matrix, share_N: np.ndarray, weight_N: np.ndarray, rows: np.ndarray, penalty: float) -> Any:
    """A logistic regression on each text twice, as it is and as it is not, by the share of its raters."""
    from sklearn.linear_model import LogisticRegression

    weight_2N = np.concatenate([share_N[rows], 1 - share_N[rows]]) * np.tile(weight_N[rows], 2)
    kept = np.flatnonzero(weight_2N > 0)
    model = LogisticRegression(C=penalty, solver="liblinear", max_iter=300, random_state=0)
    return model.fit(features[np.tile(rows, 2)[kept]], np.repeat([1, 0], len(rows))[kept], weight_2N[kept])


def _threshold(probability_N: np.ndarray, label_N: np.ndarray, weight_N: np.ndarray) -> float:
    """Where both classes are equally often right."""
    order_N = np.argsort(probability_N, kind="stable")
    label_N, weight_N = label_N[order_N], weight_N[order_N]
    missed_N = np.cumsum(weight_N * label_N) / (weight_N * label_N).sum()
    alarms_N = 1 - np.cumsum(weight_N * ~label_N) / (weight_N * ~label_N).sum()
    return float(probability_N[order_N][np.argmin(np.abs(missed_N - alarms_N))])
