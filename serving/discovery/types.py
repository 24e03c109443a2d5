"""Requests and answers of the service."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from components.roles import Action
from data.params import Strict
from data.times import LATEST_S

__all__ = [
    "IN_PATH",
    "MAX_EVENTS",
    "Action",
    "BoardName",
    "Category",
    "Companions",
    "Degraded",
    "Done",
    "EventsAccepted",
    "EventsRequest",
    "Filters",
    "Item",
    "ItemChanges",
    "ItemFields",
    "ItemId",
    "ItemPage",
    "ItemsQuery",
    "KnownFilters",
    "Look",
    "LookRequest",
    "Name",
    "ParseRequest",
    "Parsed",
    "PictureQuery",
    "Pixels",
    "Recommendations",
    "RecommendationsRequest",
    "Related",
    "RelatedItem",
    "RelatedQuery",
    "Reordered",
    "Scenes",
    "ScenesQuery",
    "SessionRequest",
    "SystemHealth",
    "UserId",
    "WholeHealth",
]

MAX_EVENTS = 100
MAX_REGIONS = 24  # of a picture: the first that the parser gives

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
PART = r"(?:\.{0,2}[^\x00-\x1f\x7f/.][^\x00-\x1f\x7f/]*|\.{3,}[^\x00-\x1f\x7f/]*)"  # of an address: neither . nor ..
ItemId = Annotated[str, Field(min_length=1, max_length=200, pattern=f"^(?:{PART}?/)*{PART}?$")]
UserId = Annotated[str, Field(min_length=1, max_length=200, pattern=f"^{PART}$")]
BoardName = Annotated[str, Field(min_length=1, max_length=100, pattern=f"^{PART}$")]
ReviewId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
IN_PATH: dict[str, Any] = {
    "item_id": ItemId,
    "user_id": UserId,
    "board": BoardName,
    "board_id": UserId,
    "review_id": ReviewId,
    "campaign_id": UserId,
    "job_id": ReviewId,
    "number": Annotated[int, Field(ge=0, lt=64)],
}
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Description = Annotated[str, Field(max_length=5000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Pixels = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Filters = Annotated[
    dict[Name, Name | Annotated[list[Name], Field(min_length=1, max_length=100)]],
    Field(
        max_length=20,
        description="category or attribute to the value, or to values of which one has to match; all keys have to",
    ),
]
Surface = Annotated[Word, Field(description="where: home, search, related …")]
Time = Annotated[int, Field(ge=0, lt=LATEST_S, description="seconds since 1970-01-01 00:00 UTC")]


class Item(Strict):
    """A picture with what is known of it."""

    item_id: str
    title: str
    description: str
    category: str
    attributes: dict[str, str]
    created_s: int | None = Field(description="seconds since 1970; null: unknown")
    width_px: int = Field(description="of the picture as it is served")
    height_px: int
    picture: str = Field(description="where the picture is; the address changes with its content")
    dominant: str = Field(description="mean colour of the picture, such as #a0b1c2")


class Degraded(Strict):
    """A system that this answer had to do without, and its role; both are `state` of what is stored."""

    system: str
    role: str
    reason: str


class Reordered(Strict):
    """That items were moved, so that the values of an attribute have their shares; null: none were."""

    attribute: str
    relevance_kept: float = Field(description="share of what the items shown would score without")


class Category(Strict):
    category: str
    probability: float


class ItemsQuery(Strict):
    cursor: str | None = Field(None, max_length=400, description="`cursor` of the page before")
    k: int = Field(30, ge=1, le=100)


class ItemPage(Strict):
    items: list[Item]
    cursor: str | None = Field(description="of the next page; null: this is the last")


class ItemFields(Strict):
    """An item without its picture."""

    title: Text = ""
    description: Description = ""
    category: Word = ""
    attributes: dict[Name, Name] = Field(default_factory=dict, max_length=50)
    created_s: Time | None = Field(
        None, description="when it came to be, no later than now; the newest are shown first; null: now"
    )


class PictureQuery(Strict):
    v: str | None = Field(None, max_length=64, description="version; with the current one the answer never changes")


class ItemChanges(Strict):
    """What to change; what is left out stays, and an attribute that is null goes."""

    title: Text | None = None
    description: Description | None = None
    category: Word | None = None
    attributes: dict[Name, Name | None] = Field(default_factory=dict, max_length=50)


class ParseRequest(Strict):
    """Parse a picture, which is uploaded beside this, or that of an item."""

    item_id: Name | None = Field(None, description="parse this item's picture instead of an uploaded one")


class Mask(Strict):
    """Which pixels belong to a region: COCO's run-length encoding, uncompressed."""

    size: tuple[int, int] = Field(description="height and width: the picture's, or smaller at its aspect")
    counts: list[int] = Field(description="how many pixels are outside, then inside, and so on, column by column")


class Region(Strict):
    """A thing in a picture."""

    label: str
    score: float = Field(description="how sure it is, 0 to 1")
    box: tuple[float, float, float, float] = Field(
        description="x0, y0, x1, y1 in pixels of the picture after EXIF rotation, half open; of an item, of its served "
        "picture"
    )
    area_px: int
    mask: Mask
    attributes: dict[str, str]


class Parsed(Strict):
    """The things in a picture."""

    width_px: int
    height_px: int
    regions: list[Region]


class LookRequest(Strict):
    """Shop what a picture shows, which is uploaded beside this, or what an item shows."""

    item_id: Name | None = Field(None, description="of a scene, or of one thing whose look is to be completed")
    k: int = Field(6, ge=1, le=30, description="most items of each region, and of each category that goes with them")
    categories: int = Field(4, ge=0, le=20, description="most categories that complete the look")


class RankedItem(Item):
    score: float = Field(description="larger is better; comparable within one list")


class MatchedRegion(Region):
    items: list[RankedItem] = Field(
        description="most alike in looks and colours, of its category where items have that, by falling score"
    )


class Companions(Strict):
    """A category that completes the look, and its items."""

    category: str
    probability: float = Field(description="that one more thing of the look is of this category")
    items: list[RankedItem] = Field(description="those first that go best with the look")


class Look(Strict):
    width_px: int
    height_px: int
    regions: list[MatchedRegion] = Field(description="none of an item with a category: it is the look's one thing")
    goes_with: list[Companions]
    degraded: list[Degraded]


class ScenesQuery(Strict):
    k: int = Field(12, ge=1, le=100)


class Scene(Item):
    score: float = Field(description="how much its region looks like the item, 1 for the same picture")
    region: Region


class Scenes(Strict):
    items: list[Scene] = Field(description="scenes of the catalogue as it was packaged, each once, by falling score")
    degraded: list[Degraded]


class Reason(Strict):
    kind: Literal["looks_alike", "saved_together"]
    text: str


class RelatedItem(Item):
    score: float = Field(description="larger is better; comparable among items of the same reason")
    because: Reason


class RelatedQuery(Strict):
    k: int = Field(20, ge=1, le=100)


class Related(Strict):
    items: list[RelatedItem]
    degraded: list[Degraded]
    reordered: Reordered | None


class Done(Strict):
    """Something that somebody just did."""

    item_id: Name
    action: Action
    surface: Surface | None = None
    time_s: Time | None = None


class RecommendationsRequest(Strict):
    """What to show to somebody: what is stored of the user and `actions` both count."""

    user_id: UserId | None = None
    actions: list[Done] = Field(
        default_factory=list, max_length=1000, description="newest last; those on unknown items are passed over"
    )
    k: int = Field(20, ge=1, le=100)
    filters: Filters = Field(default_factory=dict)
    explain: bool = Field(True, description="name the items that moved each recommendation; without, it is quicker")
    time_s: Time | None = Field(
        None,
        description="when it is asked, no later than now; null: now. Whoever replays a log says it of each request",
    )


class Cause(Strict):
    item_id: str
    share: float = Field(description="of what all items of the history together moved it up, 0 to 1")


class Recommended(Item):
    score: float = Field(description="larger is better; comparable within one answer")
    because: list[Cause] = Field(description="items of the person's history that moved it up most")


class Recommendations(Strict):
    items: list[Recommended]
    degraded: list[Degraded]
    cold: bool = Field(description="nothing usable is known of the person; popular or new items are shown")
    reordered: Reordered | None


Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="where the person is, by ISO 3166")]


class PostedEvent(Strict):
    user_id: UserId
    item_id: Name
    action: Action
    surface: Surface = ""
    time_s: Time | None = Field(None, description="no later than now; null: now")
    session_id: Name | None = None
    position: int | None = Field(None, ge=0, lt=2**31, description="of the item in what was shown, from 0")
    source: Name | None = Field(None, description="of an item of the feed, as the feed gave it")
    propensity: float | None = Field(
        None, gt=0, le=1, allow_inf_nan=False, description="of an item of the feed, as the feed gave it"
    )
    country: Country | None = None

    @model_validator(mode="before")
    @classmethod
    def _whole_seconds(cls, given: object) -> object:
        """A clock with fractions, as browsers have, is taken too."""
        if isinstance(given, dict) and isinstance(given.get("time_s"), float) and 0 <= given["time_s"] < LATEST_S:
            return given | {"time_s": int(given["time_s"])}
        return given


class EventsRequest(Strict):
    events: list[PostedEvent] = Field(min_length=1, max_length=MAX_EVENTS)


class EventsAccepted(Strict):
    accepted: int


class Value(Strict):
    value: str
    count: int


KnownFilters = dict[str, list[Value]]


class SessionRequest(Strict):
    key: str = Field(
        pattern=r"^[A-Za-z0-9._~+/=-]{8,200}$", description="an API key, for a browser to send from here on"
    )


class SystemHealth(Strict):
    status: Literal["ok", "missing", "failing"]
    role: str
    version: str = ""
    bundle_hash: str = ""
    dataset: str = ""
    data_version: str = ""
    latency_ms: float | None = None
    reason: str = Field("", description="why it is not ok")


class StateHealth(Strict):
    status: Literal["ok", "failing"]
    items: int = Field(description="that can be shown")
    changes: int = Field(description="number of the latest change of an item")


class WholeHealth(Strict):
    status: Literal["ok", "degraded"]
    systems: dict[str, SystemHealth]
    state: StateHealth
    revision: str
