"""How good or bad words are: a lexicon that people rated, carried over to other words by their vectors.

Legend: W words, D dimensions.
"""

import tempfile
from collections.abc import Collection
from pathlib import Path

import numpy as np

from components.package_file import PackageFile
from components.systems.safety.spelling import plain, words
from components.text.config import TextEncoderConfig
from components.text.encoder import StaticEncoder, open_text_encoder
from components.text.weights import write_text_encoder

__all__ = ["rated", "valences"]

VADER = PackageFile(  # MIT; Hutto and Gilbert 2014, 7,520 words and signs rated by ten people each
    "vaderSentiment",
    "vaderSentiment/vader_lexicon.txt",
    "1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5",
)
INSTALL = "pip install 'corkboard[safety]'"
NEUTRAL_WEIGHT = 0.5  # of a frequent word that nobody rated
LEAST = 0.5  # of 4; what is nearer to neutral is left out
PENALTY = 1.0


def rated() -> dict[str, float]:
    """The lexicon's words with their valence, -4 to 4; raises `UserError` if the package is missing."""
    found = {}
    for line in VADER.path("safety", INSTALL).read_text(encoding="utf-8").splitlines():
        term, valence = line.split("\t")[:2]
        if words(plain(term)) == [term]:
            found[term] = float(valence)
    return found


def valences(known: dict[str, float], common: Collection[str], others: Collection[str]) -> dict[str, float]:
    """`known` and what is expected of `common` and `others`, of which the first are taken to be mostly neutral.

    A ridge regression on the words' vectors, as in Rothe et al. 2016 (arXiv 1602.07572), with one direction.
    """
    from sklearn.linear_model import Ridge

    with tempfile.TemporaryDirectory() as folder:
        write_text_encoder(TextEncoderConfig(weights="wordllama"), Path(folder))
        encoder = open_text_encoder(Path(folder))
    assert isinstance(encoder, StaticEncoder)

    def vectors(of: list[str]) -> np.ndarray:
        means = [encoder.vectors_VD[ids].mean(axis=0) if ids else np.zeros(encoder.dim) for ids in encoder.tokens(of)]
        return np.asarray(means, np.float32).reshape(len(of), encoder.dim)

    neutral, sure = sorted(set(common) - known.keys()), sorted(known)
    vector_WD = vectors([*sure, *neutral])
    valence_W = np.array([*[known[word] for word in sure], *[0.0] * len(neutral)])
    weight_W = np.array([1.0] * len(sure) + [NEUTRAL_WEIGHT] * len(neutral))
    model = Ridge(PENALTY).fit(vector_WD, valence_W, weight_W)
    wanted = sorted((set(others) | set(common)) - known.keys())
    expected = model.predict(vectors(wanted)) if wanted else ()
    guessed = {word: round(float(value), 3) for word, value in zip(wanted, expected, strict=True)}
    return known | {word: value for word, value in guessed.items() if abs(value) >= LEAST}
