"""The roles that a system can have in the composed service, and what the system's `role.py` makes for each.

| role | asked for | without it |
|---|---|---|
| `search` | vectors of pictures, from which the service searches what looks alike | the service is not made |
| `recommend` | what to show next to somebody | what looks like their latest wishes, or what is new |
| `parse` | the things in a picture | a picture is searched as a whole, and no scene is found by what it shows |
| `complete` | what completes a look | the things in a picture are found, and nothing is said to go with them |
| `find` | what answers words, or words and a picture | only pictures are searched by, and nothing is suggested |
| `rank` | the order of a home feed's candidates | the feed's sources take turns |
| `keep` | what else belongs on a board, and which boards are alike | nothing is said to belong on a board |
| `advertise` | which ads win the slots of a page, and what they pay | nothing is advertised |
| `check` | whether what people send may be taken in | it is; where a system has the role and fails, it is not |
| `make` | pictures made to order, and parts of pictures made anew | none are made |
| `notify` | whether to tell somebody something, and who is told what in a week | nobody is told anything |

Legend: N items, D dimensions.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from components.message import Message
from data.errors import UserError

if TYPE_CHECKING:  # the processes that only pass on have no use for it
    import numpy as np

    from components.features.served_counts import Counted

__all__ = [
    "ACTIONS",
    "ADVERTISE",
    "CHECK",
    "COMPLETE",
    "FIND",
    "KEEP",
    "MAKE",
    "NOTIFY",
    "PARSE",
    "RANK",
    "RECOMMEND",
    "ROLES",
    "SEARCH",
    "Action",
    "Advertiser",
    "Checker",
    "Completer",
    "Document",
    "Finder",
    "Keeper",
    "Maker",
    "Notifier",
    "OnStep",
    "Parser",
    "Ranker",
    "Recommender",
    "Role",
    "Searcher",
]

Role = Literal[
    "search", "recommend", "parse", "complete", "find", "rank", "keep", "advertise", "check", "make", "notify"
]
Action = Literal["view", "click", "save", "hide"]  # the words of the service's events
SEARCH: Role = "search"
RECOMMEND: Role = "recommend"
PARSE: Role = "parse"
COMPLETE: Role = "complete"
FIND: Role = "find"
RANK: Role = "rank"
KEEP: Role = "keep"
ADVERTISE: Role = "advertise"
CHECK: Role = "check"
MAKE: Role = "make"
NOTIFY: Role = "notify"
ROLES: tuple[Role, ...] = get_args(Role)
ACTIONS: tuple[Action, ...] = get_args(Action)


class Searcher(Protocol):
    """What role `search` asks: it looks at pictures, and the service keeps their vectors. Safe from several threads."""

    def look(
        self, picture: bytes, box: Sequence[float] | None = None
    ) -> "tuple[np.ndarray, Sequence[tuple[str, float]]]":
        """The unit vector float32 (D,) of a picture, or of the part in `box`, and its most probable categories.

        box: x0, y0, x1, y1 in pixels after EXIF rotation. Categories come with their probability, the most probable
        first.

        Raises:
            PictureError: the picture cannot be used.
            UserError: the box does not fit.
        """

    def vectors(self, pictures: Sequence[bytes]) -> "Sequence[np.ndarray | None]":
        """The vectors of whole pictures, None for those that cannot be used; quicker than one by one."""

    def known(self) -> "tuple[Sequence[str], np.ndarray]":
        """Items of the data set that it was trained on whose vectors are in the bundle, and these, float32 (N, D)."""


class Recommender(Protocol):
    """What role `recommend` asks. Safe from several threads.

    Requests are of the system's `Request`, which takes `user_id`, `actions` (item_id, action, surface, time_s), `k`,
    `explain`, `among` (the only items that may come), `filters`, `time_s` and `trending`; its `Response` has `items`
    (item_id, score, because), `personal` and `ignored`. Words that training did not know are no errors here: other
    actions are passed over, other values of filters match nothing.
    """

    item_ids: Collection[str]  # which it can recommend

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""

    def trend(self) -> dict[str, Any] | None:
        """Which events of everybody it wants counted: `half_life_days`, `actions` among the words of the service and
        `newcomers`, whether it wants the people behind them; None: it does not weigh them.
        """


class Parser(Protocol):
    """What role `parse` asks. Safe from several threads.

    A request is of the system's `Request`, whose fields have defaults, with a part `picture`. Its `Response` has
    `width_px`, `height_px` and `regions`: of each `label`, `score` (0 to 1), `box` (x0, y0, x1, y1 in pixels after EXIF
    rotation, half open), `area_px`, `mask` (COCO's uncompressed run-length encoding: `size` is height and width,
    `counts` go by columns) and `attributes` (name to value).
    """

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""


class Completer(Protocol):
    """What role `complete` asks. Safe from several threads.

    A request is of the system's `Request`. It takes `look` (of each thing `category` and `item_id`, one of them perhaps
    null), or a part `picture` with its `regions`, as a parser gives them, each with the items that were `found` to look
    like it (item_id, score); `categories`, how many are wanted at most, and `k`, how many items of each region and
    category. Its `Response` has `regions`, each with its `items` (item_id, score) in the order in which they match, and
    `goes_with`: of each category `category`, `probability` and `items`. What training did not know is no error: an
    unknown item counts by its category, an unknown category not at all.
    """

    item_ids: Collection[str]  # which it can name

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of an item to be found. created_s: since when it can be shown, None where that is unknown.

    picture: of the item, None where it has none. vector_D: of that picture, where the system is known to take it.
    """

    item_id: str
    title: str
    description: str = ""
    category: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    created_s: int | None = None
    picture: bytes | None = None
    vector_D: "np.ndarray | None" = None


class Finder(Protocol):
    """What role `find` asks. Safe from several threads.

    Its indexes are in memory: the service puts what it keeps. A request is of the system's `Request`: `text`, perhaps
    empty beside a part `picture`, `filters`, `k` and `offset`. Its `Response` has `items` (item_id, score), the best
    first, so that pages of the same index never repeat; `understood`, of each thing that the text is taken to name
    `name`, `value` and `words`, the part of the text, by which a person can filter; `corrected`, the text that was
    searched instead, or null; `ideas`, nearest queries where nothing was found.
    """

    def known(self) -> Sequence[Document]:
        """The documents that the bundle holds, without their pictures; none is found before it is put."""

    def put(self, documents: Sequence[Document]) -> None:
        """Make documents searchable from the next request on, in place of earlier ones of the same `item_id`.

        A picture that cannot be used is as none.
        """

    def drop(self, item_ids: Collection[str]) -> None:
        """Items that no answer holds from the next request on; others are passed over."""

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""

    def suggest(self, prefix: str, k: int) -> Sequence[str]:
        """At most `k` queries that begin as `prefix` does, the likeliest first; for an empty one those asked most."""


class Ranker(Protocol):
    """What role `rank` asks. Safe from several threads.

    A request is of the system's `Request`: `user_id`, `time_s`, `surface`, `candidates` (item_id, source, category,
    attributes, created_s) or `sources` (item to source), `actions` (item_id, action, time_s) of what the person did,
    in the words of the service, `k`, `pages` and `explore`. Its `Response` has `items`, the pages in order (item_id,
    source, utility, probabilities, propensity). The service puts the items that it keeps, and sends `sources` alone.
    What training did not know is no error: an item counts by what is said of it, an action without a word not at all.
    """

    def put(self, documents: Sequence[Document]) -> None:
        """Make items known from the next request on; what training knew of one stays."""

    def observe(self, event_id: str, item_id: str, action: str, time_s: float) -> bool:
        """Count what somebody did, in everybody's answers; False for an event that came before or is too late."""

    def counted_until_s(self) -> float:
        """When the last event happened that the bundle counts."""

    def counts(self, item_ids: Sequence[str], time_s: float) -> "Counted":
        """What is counted of items and of everything as of a time, as answers read it."""

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""


class Keeper(Protocol):
    """What role `keep` asks. Safe from several threads.

    The service puts the items that it keeps, and tells what is saved. A request is of the system's `Request`: `items`
    of a board, the oldest first, or its `board_id`, `k`, and `boards`, how many that are alike are wanted. Its
    `Response` has `items` (item_id, score, because: item_id and on how many `boards` both are, or null) and `boards`
    (board_id, title, owner_id, score, shared). What training did not know is no error.
    """

    looks_by: str  # the bundle, by its hash, whose vectors of pictures it takes; empty: it takes no pictures

    def lacks(self, item_id: str) -> bool:
        """Whether it takes pictures and knows none of this item."""

    def put(self, documents: Sequence[Document]) -> None:
        """Make items known from the next request on, in place of earlier ones of the same `item_id`.

        A document without picture and vector changes nothing of the item's looks.
        """

    def drop(self, item_ids: Collection[str]) -> None:
        """Items that no answer holds from the next request on; others are passed over."""

    def hold(self, boards: Mapping[str, Sequence[str]]) -> None:
        """What lies on some boards from the next request on, in place of what did; a board of nothing is no more."""

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""


class Advertiser(Protocol):
    """What role `advertise` asks. Safe from several threads.

    A request is of the system's `Request`: `user_id`, `surface`, `features` of the person and the moment, `slots` and
    `candidates` (ad_id, campaign_id, advertiser_id, features, bid, objective, pace, left, shown, targeting), whose
    money is in whole numbers. Its `Response` has `ads`, by slot (slot, ad_id, price, objective, probabilities,
    because), and `filtered`, of every other ad_id why it is not shown. What training did not know is no error.
    """

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""


class Checker(Protocol):
    """What role `check` asks. Safe from several threads.

    A request is of the system's `Request`: `text`, perhaps empty beside a part `picture`. Its `Response` has `action`,
    which its policy asks for: `allow`, `age` (adults alone), `hold` (until a person has decided) or `block`; and
    `findings`, of each kind that was looked for `kind`, `probability` and `action`.
    """

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""


OnStep = Callable[[int, Any], None]  # takes the steps done and a preview; what it raises ends the work


class Maker(Protocol):
    """What role `make` asks. Safe from several threads.

    A request is of the system's `Request`: `task` (generate, fill, background or extend), `category`, `attributes`,
    `words`, `aspect`, `steps`, `guidance`, `few` (steps of a student) and `seed`, perhaps beside the parts `picture`
    and `mask`. An answer has the part `picture`, a PNG that says that it was made (`data/images/provenance.py`).
    """

    def begin(self, request: Message) -> "Callable[[OnStep | None], Message]":
        """A function that makes the picture, later and in any thread; previews are uint8 (S, S, 3).

        Raises:
            UserError: the request cannot be met.
        """

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""


class Notifier(Protocol):
    """What role `notify` asks. Safe from several threads.

    A request is of the system's `Request`: `user_id` and `attributes`, what is known of the person. Its `Response` has
    `send`, `arm`, `channel`, `reason`, `because` (covariate, gain) and `held_back`, whether the person gets nothing so
    that others can be measured against them. What training did not know is no error.
    """

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """As `components.system.Predictor`."""

    def is_quick(self, request: Message) -> bool:
        """As `components.system.Predictor`."""
