from components.evaluation import Figure
from components.lifecycle.comparison import comparison, own

METRICS = {
    "ndcg": Figure(0.06, 0.05, 0.07),
    "hit": Figure(0.1, 0.1, 0.1),
    "ndcg.popular": Figure(0.01, 0.005, 0.015),
    "ndcg.graph": Figure(0.05, 0.04, 0.06),
    "hit.graph": Figure(0.08, 0.08, 0.08),
    "size.v2": Figure(3.0, 3.0, 3.0),
}


def test_a_row_for_each_metric_that_a_baseline_has():
    columns, rows = comparison(METRICS)
    assert columns == ("metric", "ours", "popular", "graph")
    assert rows == [
        ("ndcg", "0.06 (0.05 to 0.07)", "0.01 (0.005 to 0.015)", "0.05 (0.04 to 0.06)"),
        ("hit", "0.1", "", "0.08"),
    ]


def test_a_dot_alone_makes_no_baseline():
    assert list(own(METRICS)) == ["ndcg", "hit", "size.v2"]
    assert comparison({"size.v2": METRICS["size.v2"]})[1] == []
