"""A system small enough to watch: the nearest class mean of two numbers. The lifecycle's tests run it for real."""

from components.message import PICTURE
from components.system import System

SYSTEM = System(
    __name__,
    tables={"items": ("item_id", "category", "split", "attributes")},
    route="answer",
    takes={PICTURE: ("application/json",)},
)
