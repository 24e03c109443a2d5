"""Messages: whom a test sent which message, or none, with what probability, and what came of it."""

import numpy as np
import pandas as pd
import pyarrow as pa

from data.checks.expect import in_set, never, not_null, unique, with_values
from data.checks.inspection import Inspection
from data.checks.run import Checked, checked_rows
from data.covariates import Covariates
from data.params.messages import NONE
from data.table import SPLITS, Table, column

__all__ = ["CHANNELS", "OUTCOMES", "TABLE", "dependence"]

CHANNELS = ("push", "email", "in_app", "mail", "phone")
OUTCOMES = {
    "opened": "boolean",
    "visited": "boolean",
    "bought": "boolean",
    "spend": "float64",
    "unsubscribed": "boolean",
    "days_active": "Int64",
}
UNLIKELY = 0.001  # p values below it are no accident
TELLING = 0.98  # area under the curve of one covariate alone
STRONG, EMPTY, EXPECTED = 0.8, 0.01, 50  # likewise, where the outcome is almost never in the least or largest tenth


def _checks(table: Table, view: Inspection) -> list[Checked]:
    """Check keys, arms and propensities, that arms are as large as stated and independent of what was known before,
    and that no covariate says what came after.
    """
    rows = view.frame(table.name)
    known = None
    if {"user_id", "attributes"} <= view.usable.get("users", set()):
        users = view.dataset.table("users")
        known = dict(zip(users["user_id"].to_pylist(), map(dict, users["attributes"].to_pylist()), strict=True))
    suite = [
        unique("message_id"),
        *[not_null(field.name) for field in table.schema if not field.nullable],
        in_set("channel", CHANNELS, "channel is known", f"channel has to be one of {', '.join(CHANNELS)}"),
        in_set("split", SPLITS[:3], "split is known", f"split has to be one of {', '.join(SPLITS[:3])}"),
        with_values("split", SPLITS[:3], "splits are used", "there have to be messages in train, validation and test"),
        never("bad_propensity", "propensity in bounds", "a propensity is above 0 and at most 1"),
        never("bad_outcome", "outcome in bounds", "spend and days_active are at least 0"),
        never("one_arm", "several arms", f"without the arm {NONE} nothing says what a message adds", "warning"),
        never("unlike_shares", "arms as large as stated", "the shares of the arms differ from their propensities"),
        never("chosen", "arms are random", "who got a message depends on what was known of them before"),
        never("telling", "outcomes are no covariates", "a covariate says what came after; add it to `leave_out`"),
        never("unknown_user", "user exists", "a message has to be to a user of the table users"),
    ]
    return [checked_rows(table.name, table.name, _evidence(rows, known), suite, table.key)]


def _evidence(rows: pd.DataFrame, known: dict[str, dict[str, str]] | None) -> pd.DataFrame:
    """`rows` with one column per finding; findings whose columns are missing are left out."""
    evidence, columns = rows.copy(), set(rows.columns)

    def of_all(sentence: str | None) -> pd.Series:
        return pd.Series([sentence] + [None] * (len(rows) - 1), rows.index, dtype=object) if len(rows) else pd.Series()

    if "propensity" in columns:
        value = pd.to_numeric(rows["propensity"], errors="coerce")
        evidence["bad_propensity"] = value.astype(str).where(~((value > 0) & (value <= 1)), None)
    amounts = [name for name in ("spend", "days_active") if name in columns]
    if amounts:
        wrong = pd.concat([pd.to_numeric(rows[name], errors="coerce") < 0 for name in amounts], axis=1).any(axis=1)
        evidence["bad_outcome"] = pd.Series("below 0", rows.index).where(wrong.fillna(False), None)
    if "arm" in columns:
        arms = set(rows["arm"])
        evidence["one_arm"] = of_all(None if NONE in arms and len(arms) > 1 else f"arms: {', '.join(sorted(arms))}")
        if "propensity" in columns:
            evidence["unlike_shares"] = of_all(_unlike(rows))
    if known is not None and {"user_id", "arm"} <= columns:
        there_N = rows["user_id"].isin(known)
        evidence["unknown_user"] = rows["user_id"].where(~there_N, None)
        both = rows[there_N]
        attributes = [known[one] for one in both["user_id"]]
        covariates = Covariates.learn(attributes)
        if len(both) and covariates.names:
            matrix_NC = covariates.matrix(attributes).astype(float)
            evidence["chosen"] = of_all(_chosen(both["arm"], matrix_NC))
            evidence["telling"] = of_all(_telling(both, covariates, matrix_NC))
    return evidence


def _unlike(rows: pd.DataFrame) -> str | None:
    from scipy.stats import chisquare

    counts, share = rows["arm"].value_counts(), rows.groupby("arm")["propensity"].mean()
    if len(counts) < 2 or not np.isclose(share.sum(), 1) or rows.groupby("arm")["propensity"].nunique().max() > 1:
        return None  # propensities differ from person to person
    p = float(chisquare(counts.sort_index(), share.sort_index() * len(rows)).pvalue)
    shares = ", ".join(f"{arm} {counts[arm] / len(rows):.1%} of {share[arm]:.1%}" for arm in map(str, counts.index))
    return f"{shares} (p = {p:.1g})" if p < UNLIKELY else None


def _chosen(arms: pd.Series, matrix_NC: np.ndarray) -> str | None:
    for arm in sorted(set(arms) - {NONE}):
        rows_N = arms.isin([arm, NONE]).to_numpy()
        p = dependence((arms == arm).to_numpy(float)[rows_N], matrix_NC[rows_N])
        if p < UNLIKELY:
            return f"{arm} can be told from {NONE} by covariates (p = {p:.1g})"
    return None


def dependence(treated_N: np.ndarray, matrix_NC: np.ndarray) -> float:
    """The p value of a linear classifier that tells the treated from the others by covariates: the F test of all.

    Source: Lopez-Paz and Oquab 2017 (Revisiting classifier two-sample tests), with the exact test of a linear model.
    """
    from scipy.stats import f

    varied_NC = matrix_NC[:, matrix_NC.std(axis=0) > 0]
    design_NC = np.c_[np.ones(len(treated_N)), varied_NC]
    fitted_C, _, rank, _ = np.linalg.lstsq(design_NC, treated_N, rcond=None)
    left, whole = (
        float(((treated_N - design_NC @ fitted_C) ** 2).sum()),
        float(((treated_N - treated_N.mean()) ** 2).sum()),
    )
    free = len(treated_N) - rank
    if rank < 2 or free < 1 or whole == 0:
        return 1.0
    return float(f.sf((whole - left) / (rank - 1) / max(left / free, 1e-12), rank - 1, free))


def _telling(rows: pd.DataFrame, covariates: Covariates, matrix_NC: np.ndarray) -> str | None:
    """A covariate that alone orders people by an outcome of yes or no almost without fault."""
    from scipy.stats import rankdata

    for outcome in (name for name, kind in OUTCOMES.items() if kind == "boolean" and name in rows):
        known_N = rows[outcome].notna().to_numpy()
        label_N = rows[outcome][known_N].to_numpy(bool)
        positives, negatives = int(label_N.sum()), int((~label_N).sum())
        if min(positives, negatives) < 20:
            continue
        for name, values_N in zip(covariates.columns, matrix_NC[known_N].T, strict=True):
            auc = (rankdata(values_N)[label_N].sum() - positives * (positives + 1) / 2) / (positives * negatives)
            if max(auc, 1 - auc) > TELLING or (max(auc, 1 - auc) > STRONG and _empty_tenth(values_N, label_N)):
                return f"{name} alone tells {outcome} (area under the curve {max(auc, 1 - auc):.3f})"
    return None


def _empty_tenth(values_N: np.ndarray, label_N: np.ndarray) -> bool:
    """Whether those with the least or the largest values almost never have the outcome, though many would.

    So is what is measured while the outcome comes about, such as the length of the talk in which somebody buys.
    """
    ends = (values_N <= np.quantile(values_N, 0.1), values_N >= np.quantile(values_N, 0.9))
    expected = [end_N.sum() * label_N.mean() for end_N in ends]
    return any(
        one >= EXPECTED and label_N[end_N].sum() <= EMPTY * one for one, end_N in zip(expected, ends, strict=True)
    )


def _outcome(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return column(name, kind, f"{meaning}; null: unknown", nullable=True)


TABLE = Table(
    "messages",
    pa.schema(
        [
            column("message_id", pa.string(), "key"),
            column("user_id", pa.string(), "to whom"),
            column("channel", pa.string(), f"one of {', '.join(CHANNELS)}"),
            column("arm", pa.string(), f"what kind of message; {NONE}: no message was sent"),
            column("propensity", pa.float64(), "probability with which the arm was chosen"),
            column("sent_s", pa.int64(), "when, or when it would have been; null: unknown", nullable=True),
            _outcome("opened", pa.bool_(), "whether it was opened"),
            _outcome("visited", pa.bool_(), "whether the person came back after it"),
            _outcome("bought", pa.bool_(), "whether the person bought something after it"),
            _outcome("spend", pa.float64(), "what was spent after it, in the money of the data"),
            _outcome("unsubscribed", pa.bool_(), "whether the channel was switched off because of it"),
            _outcome("days_active", pa.int64(), "days with a visit in the four weeks after it"),
            column("split", pa.string(), "train, validation or test"),
        ]
    ),
    ("message_id",),
    checks=_checks,
)
