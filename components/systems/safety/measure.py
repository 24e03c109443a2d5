"""Evaluation of an opened bundle, through the predictor that will serve it.

Legend: N texts.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message
from components.metrics import Auc, Metric, Ratio, Scalar
from components.system import Progress
from components.systems.safety.attacks import ATTACKS, misspelt
from components.systems.safety.config import Config
from components.systems.safety.predictor import SafetyPredictor
from components.systems.safety.slices import auc_of, by_term, calibration_error
from components.systems.safety.types import MOST_LETTERS, Request
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["evaluate"]

HATEFUL, OFFENSIVE = 0, 1
TIMED = 300
REPORT_EVERY = 1000
AUC = Metric(name="auc", statistic=Auc(label="hateful", score="score"), direction="higher", cluster="template")


def evaluate(
    bundle: Path,
    dataset: Dataset,
    config: Config,
    out: Path,  # noqa: ARG001 - there are no pictures
    progress: Progress,
) -> Evaluation:
    """An example is a text of a functional test, where the data has such; otherwise one of `config.split`."""
    predictor = SafetyPredictor.open(bundle)
    whole = dataset.table("texts").to_pandas()
    held_out = whole[whole["split"] == config.split].reset_index(drop=True)
    held_out["score"], held_out["offends"] = _scores(predictor, held_out["text"].tolist(), progress).T
    asked = held_out[held_out["hateful"].notna()].reset_index(drop=True)
    functional = asked[asked["test"] != ""]
    examples = _examples(functional if len(functional) else asked, float(predictor.texts.threshold_H[HATEFUL]))
    if examples["hateful"].nunique() < 2:
        raise UserError(f"{dataset.name} has no texts of both kinds in its {config.split} split; choose other data")
    learned = whole[(whole["split"] == "train") & (whole["test"] == "") & whole["hateful"].notna()]
    examples["words"] = _word_scores(learned, examples["text"].tolist())
    examples["always"] = 1.0
    metrics = [AUC, *(AUC.of_baseline(name, score=name) for name in ("words", "always")), *_accuracies(examples)]
    scalars = _others(held_out, examples, predictor, config) | cost(bundle, predictor, _timed(examples["text"]))
    return Evaluation(examples.drop(columns="text"), tuple(metrics), ("about",), scalars)


def _scores(predictor: SafetyPredictor, texts: Sequence[str], progress: Progress) -> np.ndarray:
    """Probabilities of each head, float64 (N, 2)."""
    scored = []
    for number, text in enumerate(texts):
        if number % REPORT_EVERY == 0:
            progress("read texts", number, len(texts), {})
        scored.append(predictor.texts.probabilities(text[:MOST_LETTERS]))
    return np.array(scored)


def _examples(texts: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Each text with its label, whether it was flagged, and for every functional test whether it was right."""
    examples = texts[["text_id", "text", "test", "term", "template", "score"]].set_index("text_id")
    examples.index.name = "example_id"
    examples["about"] = _about(texts)
    label_N, flagged_N = texts["hateful"].to_numpy() >= 0.5, texts["score"].to_numpy() >= threshold
    examples["hateful"], examples["other"] = label_N.astype(float), (~label_N).astype(float)
    examples["caught"], examples["passed"] = (label_N & flagged_N).astype(float), (~label_N & ~flagged_N).astype(float)
    for test in sorted(set(texts["test"]) - {""}):
        of_it = (texts["test"] == test).to_numpy()
        examples[f"of {test}"] = of_it.astype(float)
        examples[f"right {test}"] = (of_it & (label_N == flagged_N)).astype(float)
    return examples


def _about(texts: pd.DataFrame) -> np.ndarray:
    """The group that each text is about; those without texts of both kinds are pooled with the smallest that has."""
    kinds = (texts["hateful"] >= 0.5).groupby(texts["term"]).agg(["nunique", "size"])
    both = kinds[kinds["nunique"] > 1].sort_values("size")
    if both.empty:
        return np.full(len(texts), "all")
    pooled = f"{both.index[0]} or no group"
    named = {term: term for term in both.index[1:]}
    return texts["term"].map(lambda term: named.get(term, pooled)).to_numpy()


def _accuracies(examples: pd.DataFrame) -> list[Metric]:
    parts = {"hateful_accuracy": ("caught", "hateful"), "other_accuracy": ("passed", "other")}
    parts |= {f"test_{name}": (f"right {name}", f"of {name}") for name in sorted(set(examples["test"]) - {""})}
    return [
        Metric(name=name, statistic=Ratio(numerator=over, denominator=under), direction="higher", cluster="template")
        for name, (over, under) in parts.items()
    ]


def _others(
    held_out: pd.DataFrame, examples: pd.DataFrame, predictor: SafetyPredictor, config: Config
) -> dict[str, Scalar]:
    """Figures of other texts than the examples: by group of people, of misspelt texts, of each source."""
    threshold = float(predictor.texts.threshold_H[HATEFUL])
    named = held_out[(held_out["term"] != "") & (held_out["test"] == "") & held_out["hateful"].notna()]
    figures = by_term(named, threshold) if len(named) else {}
    tests = sorted(set(examples["test"]) - {""})
    if tests:
        rights = [float(examples[f"right {name}"].sum() / examples[f"of {name}"].sum()) for name in tests]
        figures["tests_macro"] = (float(np.mean(rights)), "higher")
    if examples["hateful"].any():
        hateful = examples[examples["hateful"] == 1].head(config.evaluation.attacked)
        recall = float((hateful["score"] >= threshold).mean())
        for attack in ATTACKS:
            scores = [predictor.texts.probabilities(misspelt(text, attack, 0))[HATEFUL] for text in hateful["text"]]
            figures[f"lost_recall_{attack}"] = (recall - float((np.array(scores) >= threshold).mean()), "lower")
        figures["lost_recall"] = (max(figures[f"lost_recall_{attack}"][0] for attack in ATTACKS), "lower")
    for source, texts in held_out[held_out["test"] == ""].groupby("source"):
        for name, score in (("hateful", "score"), ("offensive", "offends")):
            known = texts[texts[name].notna()]
            label_N = known[name].to_numpy() >= 0.5
            if 0 < label_N.sum() < len(label_N):
                figures[f"auc_{name}_{source}"] = (auc_of(label_N, known[score].to_numpy()), "higher")
                error = calibration_error(known[name].to_numpy(), known[score].to_numpy())
                figures[f"calibration_error_{name}_{source}"] = (error, "lower")
    return {name: Scalar(value=value, direction=direction) for name, (value, direction) in figures.items()}


def _timed(texts: pd.Series) -> list[Message]:
    return [Message(Request(text=text)) for text in texts.head(TIMED)]


def _word_scores(learned: pd.DataFrame, texts: Sequence[str]) -> np.ndarray:
    """A plain classifier of words beside it: logistic regression on TF-IDF of words and pairs; float64 (N,).

    learned: rows of the training split.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=min(2, len(learned)), sublinear_tf=True)
    known = vectors.fit_transform(learned["text"])
    label_N = (learned["hateful"] >= 0.5).astype(int)
    model = LogisticRegression(C=10, solver="liblinear", class_weight="balanced", random_state=0).fit(known, label_N)
    return np.asarray(model.predict_proba(vectors.transform(texts))[:, 1])
