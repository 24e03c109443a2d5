"""Settings of feed-ranking."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from components.features.counters import Definition, HalfLives
from data.actions import OUTCOMES
from data.params import Strict

__all__ = ["SHOWN", "Config", "FeatureConfig", "FeedConfig", "NetworkConfig", "Outcome", "TreesConfig"]

SHOWN = "shown"  # the first outcome that is counted: every impression has it


def _outcome(name: str) -> str:
    if name not in OUTCOMES:
        raise ValueError(f"{name!r} is no outcome of impressions; use one of {', '.join(OUTCOMES)}")
    return name


Outcome = Annotated[str, AfterValidator(_outcome)]


class FeatureConfig(Strict):
    """What is counted as it happens, and what is known of people before the log begins."""

    entities: tuple[tuple[str, ...], ...] = (
        ("item_id",),
        ("category",),
        ("user_id",),
        ("user_id", "category"),
    )
    half_lives_h: HalfLives = (24.0, 240.0)
    delay_s: float = Field(60, ge=0, description="after which an impression's outcomes may be known")
    prior: float = Field(10, gt=0, description="impressions at everybody's rate that are added to a rate's own")
    histories: dict[str, tuple[Outcome | Literal["shown"], ...]] = Field(
        {}, description="attribute of people that lists items, to what they did with these before the log"
    )


class TreesConfig(Strict):
    """LightGBM, one model a head."""

    rounds: int = Field(400, gt=0, description="at most; validation says how many")
    leaves: int = Field(31, ge=2)
    learning_rate: float = Field(0.05, gt=0)
    least_examples: int = Field(100, ge=1, description="of a leaf")
    patience: int = Field(40, gt=0)


class NetworkConfig(Strict):
    """A network beside the trees, which reads what the person did last."""

    actions: int = Field(20, ge=1, le=200, description="the last ones of a person that are read")
    dim: int = Field(32, ge=4)
    epochs: int = Field(1, ge=0, description="0: trees alone")
    batch_size: int = Field(512, ge=2)
    learning_rate: float = Field(2e-3, gt=0)
    decay: float = Field(0.01, ge=0, description="of weights")
    dropout: float = Field(0.3, ge=0, lt=1)
    hidden: float = Field(0.3, ge=0, le=1, description="share of examples whose last actions are hidden in training")
    most_hidden: int = Field(3, ge=1, description="of the last actions")
    weights: tuple[float, ...] = Field(
        (0.0, 0.25, 0.5, 0.75), min_length=1, description="of the network's logits that are tried on validation"
    )


class FeedConfig(Strict):
    """How probabilities become a page."""

    utility: dict[Outcome, float] = Field(
        {"click": 1.0, "save": 4.0, "like": 4.0, "long_view": 1.0, "profile": 1.0, "hide": -8.0},
        description="of each outcome; the order is by the sum of probability times utility",
    )
    diversity: float = Field(0.55, ge=0, le=1, description="of determinants (DPP); 0: by utility alone")
    source_share: float = Field(0.6, gt=0, le=1, description="of a page that may come from one source")
    explore_every: int = Field(12, ge=0, description="one place in so many is for what is little known; 0: none")
    explore_among: int = Field(10, ge=1, description="candidates with the largest upper bound, one of which is drawn")


class Config(Strict):
    heads: tuple[Outcome, ...] = Field(("click", "save", "hide"), min_length=1)
    features: FeatureConfig = FeatureConfig()
    trees: TreesConfig = TreesConfig()
    network: NetworkConfig = NetworkConfig()
    feed: FeedConfig = FeedConfig()
    skip_days: float = Field(1, ge=0, description="at the beginning, when counts are still too young to learn from")
    seed: int = Field(0, ge=0)

    def definition(self) -> Definition:
        """What is counted: shown, and each head's outcome; everybody comes first."""
        features = self.features
        return Definition(
            entities=((), *features.entities),
            outcomes=(SHOWN, *self.heads),
            half_lives_h=features.half_lives_h,
            delay_s=features.delay_s,
        )
