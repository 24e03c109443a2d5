"""Campaigns: what advertisers pay for, how much at most, and how fast it is spent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from components.auction.pacing import paced, planned
from components.errors import NotFound
from serving.discovery.ad_types import CampaignFields
from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.errors import RequestError
from serving.state import Campaign, Campaigns

__all__ = ["listed", "on_pace", "put", "read", "spending", "store_of"]

STEPS = 500  # of a schedule, at each of which a pace may change
DRAWN = 48  # steps of a schedule at which spending is told


def store_of(context: Context) -> Campaigns:
    """Raises `RequestError` 404 where the state keeps no campaigns."""
    if context.state.campaigns is None:
        raise RequestError(404, "the state is in Redis, which keeps no money; keep it in SQLite or PostgreSQL for ads")
    return context.state.campaigns


async def listed(context: Context, call: Call) -> dict[str, Any]:
    """All campaigns, with what is spent and what is planned by now."""
    del call
    now_s, found = int(context.clock()), await context.blocking(store_of(context).listed)
    traffic = await context.blocking(context.hours.expected, now_s)
    return {"campaigns": [_told(one, now_s, traffic) for one in found]}


async def read(context: Context, call: Call) -> dict[str, Any]:
    """A campaign, with what is spent and what is planned by now."""
    now_s = int(context.clock())
    return _told(await _found(context, call), now_s, await context.blocking(context.hours.expected, now_s))


async def spending(context: Context, call: Call) -> dict[str, Any]:
    """What a campaign spent against its plan, from its start to its end."""
    one, now_s = await _found(context, call), int(context.clock())
    step_s = max(1, (one.ends_s - one.starts_s) // DRAWN)
    steps = await context.blocking(store_of(context).spending, one.campaign_id, one.starts_s, step_s)
    traffic = await context.blocking(context.hours.expected, now_s)
    times_s = {*range(one.starts_s, one.ends_s, step_s), one.ends_s}
    if one.starts_s < now_s < one.ends_s:
        times_s.add(now_s)
    points = []
    for time_s in sorted(times_s):
        # what was offered before the end may be clicked after it
        spent = sum(price for step, price in steps if min(one.starts_s + step * step_s, one.ends_s - 1) < time_s)
        plan = planned(one.budget, one.starts_s, one.ends_s, time_s, traffic)
        points.append({"time_s": time_s, "planned": plan, "spent": spent if time_s <= now_s else None})
    return {"points": points}


async def put(context: Context, call: Call) -> dict[str, Any]:
    """Start a campaign, or change its terms; what is spent stays spent."""
    fields: CampaignFields = call.body
    context.stock.get(fields.item_id)
    campaign = Campaign(campaign_id=call.path["campaign_id"], **fields.model_dump())
    if not await context.blocking(store_of(context).put, campaign):
        raise RequestError(409, f"{campaign.campaign_id!r} has spent more than {campaign.budget}; give a larger budget")
    return await read(context, call)


async def _found(context: Context, call: Call) -> Campaign:
    found = await context.blocking(store_of(context).get, call.path["campaign_id"])
    if found is None:
        raise NotFound(f"there is no campaign {call.path['campaign_id']!r}")
    return found


def on_pace(store: Campaigns, one: Campaign, now_s: int, traffic: Sequence[float]) -> Campaign:
    """The campaign with the pace of now, which is set anew whenever a part of the schedule has passed."""
    part_s = max(1, (one.ends_s - one.starts_s) // STEPS)
    step_s = one.starts_s + (now_s - one.starts_s) // part_s * part_s
    plan = planned(one.budget, one.starts_s, one.ends_s, step_s, traffic)
    if plan <= one.planned:
        return one
    pace = paced(one.pace, one.counted, one.spent, one.planned, plan)
    store.set_pace(one.campaign_id, pace, plan, one.spent)
    return replace(one, pace=pace, planned=plan, counted=one.spent)


def _told(one: Campaign, now_s: int, traffic: Sequence[float]) -> dict[str, Any]:
    plan = planned(one.budget, one.starts_s, one.ends_s, now_s, traffic)
    fields = {name: getattr(one, name) for name in CampaignFields.model_fields}
    return {**fields, "campaign_id": one.campaign_id, "spent": one.spent, "pace": one.pace, "planned": plan}
