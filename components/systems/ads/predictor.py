"""The opened bundle: an auction among candidates, by what the person is likely to do with each.

Legend: N candidates.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.auction.slots import Bid, Won, hold
from components.message import Message, one_by_one
from components.systems.ads.config import POSITION, AuctionConfig, Config
from components.systems.ads.heads import Heads
from components.systems.ads.signals import Read
from components.systems.ads.types import Candidate, Placed, Request, Response, Why
from data.errors import UserError

__all__ = ["SETTINGS", "AdsPredictor", "open_bundle"]

SETTINGS = "settings.json"
FINALISTS = 100  # candidates of which all folds' models are asked; the first fold's says which these are
QUICK = 0  # candidates whose auction takes less than handing it to a thread
OWN = ("ad_id", "campaign_id", "advertiser_id")  # columns of the log that a candidate has


class AdsPredictor:
    """Safe to call from several threads."""

    def __init__(self, config: Config, heads: Heads) -> None:
        self.config, self.heads = config, heads

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "AdsPredictor":
        """Raises `UserError` where files are missing or damaged."""
        try:
            settings = json.loads((bundle / SETTINGS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{bundle} holds no ads ({error}); make or fetch the bundle again") from None
        return cls(Config.model_validate(settings["config"]), Heads.open(bundle, threads))

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """Answer each request, see `components.system.Predictor`."""
        return one_by_one(requests, lambda request: Message(self.answer(request.fields)))

    def is_quick(self, request: Message) -> bool:
        return len(request.fields.candidates) <= QUICK

    def answer(self, request: Request) -> Response:
        """The winners of the slots. What training did not know counts at everybody's rate."""
        given = list({one.ad_id: one for one in request.candidates}.values())
        auction = self.config.auction
        filtered = {one.ad_id: why for one in given if (why := _unfit(one, request, auction))}
        taking = [one for one in given if one.ad_id not in filtered]
        if not taking:
            return Response(ads=(), filtered=filtered)
        read = self._read(request, taking)
        if len(taking) <= FINALISTS:
            return self._held(request, taking, read, filtered)
        wanted = ("click", "conversion") if any(one.objective == "conversions" for one in taking) else ("click",)
        first = self._chances(request, read, wanted, folds=1)
        best_N = _finalists(taking, _worths(taking, first), auction.per_advertiser)
        out = [taking[place] for place in sorted(set(range(len(taking))) - set(best_N.tolist()))]
        held = self._held(request, [taking[place] for place in best_N], read.where(best_N), filtered, out)
        if len(held.ads) == request.slots or all(held.filtered[one.ad_id] != "outbid" for one in out):
            return held
        return self._held(request, taking, read, filtered)

    def _held(
        self,
        request: Request,
        candidates: Sequence[Candidate],
        read: Read,
        filtered: Mapping[str, Why],
        out: Sequence[Candidate] = (),
    ) -> Response:
        """The auction among those that can be shown. out: not among the finalists. filtered: all others."""
        auction, chances = self.config.auction, self._chances(request, read, self.heads.names)
        bids, why = _bids(candidates, chances), dict(filtered)
        for bid, click in zip(bids, chances["click"].tolist(), strict=True):
            if click < auction.relevance_floor:
                why[bid.name] = "relevance"
            elif not bid.worth > 0 or bid.worth < auction.reserve:
                why[bid.name] = "reserve"
        kept = [place for place, bid in enumerate(bids) if bid.name not in why]
        won = hold(
            [bids[place] for place in kept],
            self._seen(request.slots),
            auction.reserve,
            auction.kind,
            auction.shading,
            auction.per_advertiser,
        )
        ads = tuple(self._placed(one, kept[one.place], candidates, bids, chances, request) for one in won)
        shown = {kept[one.place] for one in won}
        rest = [*(candidates[place] for place in kept if place not in shown), *out]
        why |= _beaten(rest, [candidates[place] for place in shown], auction.per_advertiser)
        return Response(ads=ads, filtered=why)

    def _read(self, request: Request, candidates: Sequence[Candidate]) -> Read:
        columns: dict[str, Sequence[str]] = {name: (value,) for name, value in request.features.items()}
        columns |= {"user_id": (request.user_id,), "surface": (request.surface,), POSITION: ("0",)}
        given = [one.features for one in candidates]
        for name in {name for features in given for name in features}:
            instead = request.features.get(name, "")
            columns[name] = [features.get(name, instead) for features in given]
        own = zip(*[(one.ad_id, one.campaign_id, one.advertiser_id) for one in candidates], strict=True)
        columns |= dict(zip(OWN, own, strict=True))
        return self.heads.read(columns, len(candidates))

    def _chances(
        self, request: Request, read: Read, heads: Sequence[str], folds: int | None = None
    ) -> dict[str, NDArray[np.float64]]:
        return self.heads.probabilities(read, [request.surface], np.zeros(read.count), heads, folds)

    def _seen(self, slots: int) -> list[float]:
        """How much of the first slot's chance each has; what training did not see is as the last that it did."""
        known = self.heads.positions
        seen = [known[min(slot, len(known) - 1)] for slot in range(slots)]
        return [float(least) for least in np.minimum.accumulate(seen)]

    def _placed(
        self,
        won: Won,
        place: int,
        candidates: Sequence[Candidate],
        bids: Sequence[Bid],
        chances: Mapping[str, NDArray[np.float64]],
        request: Request,
    ) -> Placed:
        one = candidates[place]
        return Placed(
            slot=won.slot,
            ad_id=one.ad_id,
            campaign_id=one.campaign_id,
            advertiser_id=one.advertiser_id,
            price=won.price,
            objective=one.objective,
            probabilities={head: float(chance_N[place]) for head, chance_N in chances.items()},
            worth=bids[place].worth,
            because={name: request.features[name] for name in one.targeting},
        )


def _unfit(one: Candidate, request: Request, auction: AuctionConfig) -> Why | None:
    """Why a candidate cannot be shown, whatever it bids."""
    if one.targeting and any(request.features.get(name) != value for name, value in one.targeting.items()):
        return "targeting"
    if one.left is not None and one.left < one.bid:
        return "budget"  # it could not pay what it bids
    return "shown" if one.shown >= auction.most_shown else None


def _bids(candidates: Sequence[Candidate], chances: Mapping[str, NDArray[np.float64]]) -> list[Bid]:
    chance_N = _chance(candidates, chances).tolist()
    return [
        Bid(one.ad_id, int(one.bid * one.pace), chance, one.item_id, one.advertiser_id)
        for one, chance in zip(candidates, chance_N, strict=True)
    ]


def _worths(candidates: Sequence[Candidate], chances: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.array([one.bid * one.pace for one in candidates]) * _chance(candidates, chances)


def _finalists(candidates: Sequence[Candidate], worth_N: NDArray[np.float64], per_advertiser: int) -> NDArray[np.int64]:
    """Those of the largest worth; of an advertiser twice as many items as it may have, and of an item two advertisers,
    come before any more of theirs.
    """
    count = Counter[tuple[str, ...]]()
    turn_N = np.empty(len(candidates))
    order_N = np.argsort(-worth_N, kind="stable")
    for place in order_N.tolist():
        one = candidates[place]
        owner, item = ("by", one.advertiser_id or one.ad_id), ("of", one.item_id or one.ad_id)
        again = count[*owner, *item]
        turn_N[place] = max(count[owner] // (2 * per_advertiser), count[item] // 2, again)
        count.update(((*owner, *item),) if again else (owner, item, (*owner, *item)))
    return np.sort(np.lexsort((-worth_N, turn_N))[:FINALISTS])


def _beaten(rest: Sequence[Candidate], shown: Sequence[Candidate], per_advertiser: int) -> dict[str, Why]:
    """Why each of `rest` is not among those that are `shown`."""
    items = {one.item_id for one in shown} - {""}
    owners = Counter(one.advertiser_id for one in shown if one.advertiser_id)
    full = {owner for owner, count in owners.items() if count >= per_advertiser}
    return {
        one.ad_id: "there" if one.item_id in items else "advertiser" if one.advertiser_id in full else "outbid"
        for one in rest
    }


def _chance(candidates: Sequence[Candidate], chances: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Of the event that each campaign pays for (N,), in the first slot."""
    click_N = chances["click"]
    kinds = {one.objective for one in candidates}
    if kinds == {"clicks"}:
        return click_N
    if "conversions" in kinds and "conversion" not in chances:
        paying = next(one.ad_id for one in candidates if one.objective == "conversions")
        raise UserError(f"{paying} pays for conversions, of which this model knows nothing; bid for clicks")
    each = {"impressions": np.ones(len(click_N)), "clicks": click_N}
    each["conversions"] = click_N * chances["conversion"] if "conversions" in kinds else click_N
    return np.array([each[one.objective][place] for place, one in enumerate(candidates)])


def open_bundle(bundle: Path, threads: int = 1) -> AdsPredictor:
    """The predictor that serves `bundle`; see `AdsPredictor.open`."""
    return AdsPredictor.open(bundle, threads)
