"""Search by words: a query becomes the items that answer it best, by words, meaning, looks and what people judged.

Not for questions whose wrong answer does harm, such as of health or law.
"""

from components.message import PICTURE, PICTURES
from components.system import System

SYSTEM = System(
    __name__,
    tables={"items": ("item_id", "image", "title", "description", "category", "split", "attributes", "created_s")},
    optional={
        "queries": ("query_id", "text", "locale", "split", "attributes", "reference"),
        "qrels": ("query_id", "item_id", "rater", "grade"),
        "labels": (
            "query_id",
            "item_id",
            "name",
            "value",
            "confidence",
            "prompt",
            "prompt_version",
            "prompt_hash",
            "model",
            "asked",
            "time_s",
        ),
        "search_clicks": ("query_id", "item_id", "place", "clicked"),
    },
    route="find",
    takes={PICTURE: PICTURES},
)
