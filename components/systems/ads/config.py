"""Settings of ads."""

from typing import Literal

from pydantic import Field, model_validator

from data.params import Strict

__all__ = ["HEADS", "IDS", "POSITION", "AuctionConfig", "CalibrationConfig", "Config", "SignalConfig", "TreesConfig"]

IDS = ("user_id", "ad_id", "campaign_id", "advertiser_id", "surface")  # columns of the log beside its features
POSITION = "position"  # from 0; what is to be shown counts as in the first
HEADS = ("click", "conversion")  # conversion is of what was clicked


class SignalConfig(Strict):
    """What the trees see of an impression: rates of what is alike, numbers, and flags of frequent values."""

    rates: tuple[tuple[str, ...], ...] = Field(min_length=1, description="columns whose values together have a rate")
    numbers: tuple[str, ...] = ()
    flags: tuple[str, ...] = Field((), description="columns whose frequent values are a signal each")
    flag_least: int = Field(5, ge=1, description="impressions with a value, to be frequent")
    lists: tuple[str, ...] = Field((), description="columns with several values, joined by commas")
    bits: int = Field(20, ge=8, le=26, description="of the hashes of values: 20 are a million buckets")
    prior: float = Field(1, gt=0, description="impressions at everybody's rate that are added to a rate's own")

    @model_validator(mode="after")
    def _told_apart(self) -> "SignalConfig":
        for rate in self.rates:
            if sum(name in self.lists for name in rate) > 1:
                raise ValueError(f"the rate of {' x '.join(rate)} has two lists; one is the most")
        return self


class TreesConfig(Strict):
    """LightGBM, one model a fold, whose held-out part says how many trees."""

    folds: int = Field(10, ge=2)
    orders: int = Field(1, ge=1, description="of the rows; a model learns from their signals by each of them")
    rounds: int = Field(1000, gt=0, description="at most")
    patience: int = Field(60, gt=0)
    leaves: int = Field(16, ge=2)
    learning_rate: float = Field(0.08, gt=0)
    least_examples: int = Field(30, ge=1, description="of a leaf")
    feature_share: float = Field(0.7, gt=0, le=1)
    l2: float = Field(5, ge=0)
    random_splits: bool = Field(True, description="whether a split is the best of one random threshold a signal")


class CalibrationConfig(Strict):
    kind: Literal["beta", "platt", "isotonic"] = "beta"
    by_surface: bool = True


class AuctionConfig(Strict):
    """Who wins a slot and what they pay. Money is in the smallest unit of the bids."""

    kind: Literal["second", "vcg", "first"] = "second"
    shading: float = Field(1, gt=0, le=1, description="of a first-price bid, which is paid")
    reserve: float = Field(0, ge=0, description="least that an impression in the first slot has to be worth")
    relevance_floor: float = Field(0, ge=0, lt=1, description="least probability of a click")
    most_shown: int = Field(5, ge=1, description="times that a person sees an ad")
    per_advertiser: int = Field(1, ge=1, description="slots of a page")


class Evaluated(Strict):
    traits: tuple[str, ...] = Field((), description="features that say something of a person, whose groups are slices")


class Config(Strict):
    heads: tuple[Literal["click", "conversion"], ...] = ("click",)
    signals: SignalConfig
    trees: TreesConfig = TreesConfig()
    calibration: CalibrationConfig = CalibrationConfig()
    auction: AuctionConfig = AuctionConfig()
    seed: int = Field(0, ge=0)
    evaluation: Evaluated = Evaluated()

    @model_validator(mode="after")
    def _clicks_first(self) -> "Config":
        if self.heads[:1] != ("click",):
            raise ValueError("heads begin with click, of which all the rest follows")
        return self
