"""What a plain classifier of words makes of the same texts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["word_scores"]


def word_scores(learned: pd.DataFrame, texts: Sequence[str]) -> np.ndarray:
    """Logistic regression on TF-IDF of words and pairs, float64 (N,) of `texts`. learned: of the training split."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=min(2, len(learned)), sublinear_tf=True)
    known = vectors.fit_transform(learned["text"])
    label_N = (learned["hateful"] >= 0.5).astype(int)
    model = LogisticRegression(C=10, solver="liblinear", class_weight="balanced", random_state=0).fit(known, label_N)
    return np.asarray(model.predict_proba(vectors.transform(texts))[:, 1])
