"""Outfits of given categories, as the system that completes looks reads them."""

import numpy as np

from components.systems.shop_the_look.outfits import Outfits

__all__ = ["NAMES", "outfits"]

NAMES = ("hat", "shoe", "skirt")


def outfits(*looks: tuple[int, ...]) -> Outfits:
    """Outfits of these categories, by code."""
    category_M = np.array([code for look in looks for code in look])
    outfit_M = np.repeat(np.arange(len(looks)), [len(look) for look in looks])
    return Outfits(
        categories=NAMES,
        outfit_ids=np.array([f"outfit-{number}" for number in range(len(looks))], object),
        outfit_M=outfit_M,
        place_M=np.concatenate([np.arange(len(look)) for look in looks]),
        category_M=category_M,
        name_M=np.array([NAMES[code] if code >= 0 else "cape" for code in category_M], object),
        item_M=np.full(len(category_M), "", object),
    )
