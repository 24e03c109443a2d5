"""Metrics: the statistics that they compute over examples, and their intervals."""

from components.metrics.agreement import Kappa, Rmse
from components.metrics.kernel import KernelDistance
from components.metrics.metric import Direction, Metric, Scalar, Statistic, beside, means
from components.metrics.orders import Auc, GroupedAuc, Qini, Quantile, UpliftAtK
from components.metrics.sums import CalibrationError, LogLoss, Mean, MeanIou, Ndcg, NormalisedEntropy, Ratio

__all__ = [
    "Auc",
    "CalibrationError",
    "Direction",
    "GroupedAuc",
    "Kappa",
    "KernelDistance",
    "LogLoss",
    "Mean",
    "MeanIou",
    "Metric",
    "Ndcg",
    "NormalisedEntropy",
    "Qini",
    "Quantile",
    "Ratio",
    "Rmse",
    "Scalar",
    "Statistic",
    "UpliftAtK",
    "beside",
    "means",
]
