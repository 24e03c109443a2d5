"""The waist of a lower garment, at y = 0."""

from data.world.curves import mirrored
from data.world.parts import Part

__all__ = ["inside_back", "waistband"]


def waistband(waist: float, height: float, colour: str = "main") -> Part:
    band = mirrored([(0, 0.012), (waist, 0, 1), (waist * 1.02, height, 1), (0, height + 0.015)])
    return Part((band,), colour=colour, tone=0.95, bevel=0.35, radius=0.03, shadow=0.3)


def inside_back(waist: float) -> Part:
    """The inside of the back, seen above the front."""
    return Part(
        (mirrored([(0, -0.025), (waist * 0.98, -0.008, 1), (waist * 0.98, 0.02, 1), (0, 0.04)]),),
        colour="lining",
        bevel=0,
    )
