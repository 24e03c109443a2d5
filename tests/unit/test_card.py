"""The model card's parts."""

import pandas as pd

from components.evaluation import Evaluation
from components.lifecycle.card import slices_of
from components.metrics import Metric, NormalisedEntropy, means


def test_every_figure_is_shown_by_slice_the_worst_of_the_first_first_and_none_of_few_positives():
    examples = pd.DataFrame({"hit": [1.0, 0.0, 1.0, 1.0], "save": [1.0, 0.0, 0.0, 0.0], "chance": 0.5})
    examples["kind"] = ["a", "a", "b", "b"]
    entropy = NormalisedEntropy(label="save", probability="chance", fewest=1)
    metrics = Metric(name="entropy", statistic=entropy, direction="lower"), *means(["hit"])
    rows = slices_of(Evaluation(examples, metrics, ("kind",), {}), "hit").splitlines()
    assert rows[-4] == "| slice | examples | hit | entropy |"
    assert rows[-2:] == ["| kind=a | 2 | 0.5 | 1 |", "| kind=b | 2 | 1 |  |"]
