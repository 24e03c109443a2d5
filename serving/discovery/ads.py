"""Ads: which campaigns win the slots of a page, by an auction of role `advertise`; and what comes of them.

Nothing is shown before it is kept as an offer, nothing is due for what was not offered, and each thing is booked once.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import uuid4

from pydantic_core import to_json

from components.errors import NotFound
from components.roles import ADVERTISE
from serving.discovery.ad_types import AdEvent, AdsRequest
from serving.discovery.call import Call
from serving.discovery.campaigns import on_pace, store_of
from serving.discovery.context import Context
from serving.discovery.history import history, tastes, wishes
from serving.discovery.hours import Hours
from serving.discovery.peers import PeerFailed
from serving.errors import RequestError
from serving.state import Campaign, Campaigns, Offer

__all__ = ["ads", "among", "events"]

LIKES = 2  # categories that are told of a person
LATELY_S = 86_400  # for which it counts how often a person was shown an ad
EARLY = {"click": "an impression", "conversion": "a click"}


async def ads(context: Context, call: Call) -> dict[str, Any]:
    """The ads that win the slots, each with its price and why the person sees it; the rest with why they do not."""
    request: AdsRequest = call.body
    context.optional(ADVERTISE)
    degraded: list[dict[str, Any]] = []
    actions, hidden = await history(context, request.user_id, (), degraded)
    won, filtered = await _held(context, request, actions, dict.fromkeys(hidden, "hidden"), degraded)
    return {"items": won, "filtered": filtered, "degraded": degraded}


async def among(
    context: Context,
    user_id: str | None,
    actions: Sequence[Mapping[str, Any]],
    hidden: Collection[str],
    items: Sequence[Mapping[str, Any]],
    surface: str,
    every: int,
    degraded: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Ads for a page of `items`: one for each `every` of them at most, of other items than these and than `hidden`."""
    slots = len(items) // every
    if not slots or user_id is None or context.state.campaigns is None or not context.peers[ADVERTISE].is_there:
        return []
    request = AdsRequest(user_id=user_id, surface=surface, slots=slots)
    there = dict.fromkeys((item["item_id"] for item in items), "there") | dict.fromkeys(hidden, "hidden")
    won, _ = await _held(context, request, actions, there, degraded)
    return won


async def events(context: Context, call: Call) -> dict[str, Any]:
    """Book what somebody did with an ad, once, or hide its advertiser from them."""
    event: AdEvent = call.body
    store = store_of(context)
    if event.event == "hide":
        if not await context.blocking(store.hide, event.offer_id, event.user_id):
            raise NotFound(f"{event.user_id!r} was made no offer {event.offer_id!r}")
        return {"booked": True, "paid": False}
    booked = await context.blocking(store.book, event.offer_id, event.user_id, event.event, int(context.clock()))
    if booked == "unknown":
        raise NotFound(f"{event.user_id!r} was made no offer {event.offer_id!r}")
    if booked == "early":
        raise RequestError(409, f"a {event.event} comes after {EARLY[event.event]} of the same offer; post that first")
    return {"booked": booked != "before", "paid": booked == "booked"}


async def _held(
    context: Context,
    request: AdsRequest,
    actions: Sequence[Mapping[str, Any]],
    unfit: Mapping[str, str],
    degraded: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """An auction among the campaigns that run; the winners as items, offered, and the rest with why.

    unfit: items that are not to be shown, with why.
    """
    store, now_s = store_of(context), int(context.clock())
    wished = wishes(context, actions)
    running, filtered = await context.blocking(_running, store, context.hours, request.user_id, now_s)
    candidates = {}
    for one, shown in running:
        item = context.stock.find(one.item_id)
        if item is None or not item["picture"]:
            filtered[one.campaign_id] = "picture"
        elif one.item_id in unfit:
            filtered[one.campaign_id] = unfit[one.item_id]
        else:
            candidates[one.campaign_id] = (one, _candidate(one, item, shown, wished))
    if not candidates:
        return [], filtered
    fields = request.model_dump() | {"candidates": [candidate for _, candidate in candidates.values()]}
    fields["features"] = _features(context, actions) | request.features
    try:
        answer = await context.peers[ADVERTISE].post("/v1/advertise", to_json(fields))
    except PeerFailed as failure:
        degraded.append(failure.degraded.model_dump())
        return [], filtered
    won = []
    for placed in answer["ads"]:
        campaign = candidates[placed["ad_id"]][0]
        offer = Offer(uuid4().hex, campaign.campaign_id, request.user_id, placed["objective"], placed["price"], now_s)
        won.append((offer, campaign, placed))
    await context.blocking(store.offer, [offer for offer, _, _ in won])
    return [
        {**context.stock.get(campaign.item_id), "ad": _marked(offer, campaign, placed)}
        for offer, campaign, placed in won
    ], filtered | answer["filtered"]


def _running(
    store: Campaigns, hours: Hours, user_id: str, now_s: int
) -> tuple[list[tuple[Campaign, int]], dict[str, str]]:
    """Campaigns that may be shown to a person now, with how often they were; of the others why not."""
    hidden, shown = store.hidden(user_id), store.shown(user_id, now_s - LATELY_S)
    running, filtered, expected = [], {}, hours.expected(now_s)
    for one in store.listed():
        if not one.active or not one.starts_s <= now_s < one.ends_s:
            continue
        if one.advertiser_id in hidden:
            filtered[one.campaign_id] = "hidden"
        else:
            running.append((on_pace(store, one, now_s, expected), shown.get(one.campaign_id, 0)))
    return running, filtered


def _features(context: Context, actions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What is known of a person, in the words of the world's ads: categories that they like most, and least."""
    found = tastes(context, actions).most_common()
    likes = ",".join(category for category, weight in found[:LIKES] if weight > 0)
    least = next((category for category, weight in found[-1:] if weight < 0), "")
    return {name: value for name, value in (("likes", likes), ("least", least)) if value}


def _candidate(one: Campaign, item: Mapping[str, Any], shown: int, wished: Counter[str]) -> dict[str, Any]:
    """By the name of its campaign: two campaigns may show the same item. wished: by category."""
    features = {"item": one.item_id, "category": item["category"] or "none"}
    if item["category"] and wished:
        features["wished"] = f"{wished[item['category']] / wished.total():.3f}"
    return {
        "ad_id": one.campaign_id,
        "campaign_id": one.campaign_id,
        "advertiser_id": one.advertiser_id,
        "item_id": one.item_id,
        "features": features,
        "bid": one.bid,
        "objective": one.objective,
        "pace": one.pace,
        "left": one.budget - one.spent,
        "shown": shown,
        "targeting": dict(one.targeting),
    }


def _marked(offer: Offer, campaign: Campaign, placed: Mapping[str, Any]) -> dict[str, Any]:
    met = ", ".join(f"{name} is {value}" for name, value in placed["because"].items())
    why = f"{campaign.advertiser_id} pays to show it" + (f" where {met}" if met else " to anybody who may like it")
    return {
        "offer_id": offer.offer_id,
        "campaign_id": campaign.campaign_id,
        "advertiser_id": campaign.advertiser_id,
        "objective": offer.objective,
        "price": offer.price,
        "why": why,
    }
