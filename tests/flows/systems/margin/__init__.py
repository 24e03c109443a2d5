"""A system that builds on another: how sure the champion of centroid has to be before its label is given."""

from components.system import System

SYSTEM = System(
    __name__, tables={"items": ("item_id", "category", "split", "attributes")}, route="margin", uses=("centroid",)
)
