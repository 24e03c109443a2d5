"""What holds auctions: everybody is as likely to click anything, so that the highest bids win."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from components.auction.slots import Bid, hold

__all__ = ["ads_system"]

NAME = "ads"
CHANCE = 0.1


def ads_system(failing: Sequence[str], health: Callable[[Request], Awaitable[JSONResponse]]) -> Mount:
    """The system below its name; it fails while it is among `failing`."""

    async def advertise(request: Request) -> JSONResponse:
        if NAME in failing:
            return JSONResponse({"error": "told to fail"}, 500)
        asked = await request.json()
        bids = [Bid(one["ad_id"], one["bid"], CHANCE, one["item_id"]) for one in asked["candidates"]]
        ads = []
        for won in hold(bids, [1.0] * asked["slots"]):
            one = asked["candidates"][won.place]
            ads.append(
                {name: one[name] for name in ("ad_id", "campaign_id", "advertiser_id", "objective")}
                | {"slot": won.slot, "price": won.price, "probabilities": {"click": CHANCE}}
                | {"worth": bids[won.place].worth, "because": one["targeting"]}
            )
        shown = {one["ad_id"] for one in ads}
        return JSONResponse({"ads": ads, "filtered": {b.name: "outbid" for b in bids if b.name not in shown}})

    return Mount(f"/{NAME}", routes=[Route("/v1/health", health), Route("/v1/advertise", advertise, methods=["POST"])])
