"""The items of a data set as pictures show them: vectors of the champion that searches, and palettes."""

import numpy as np

from components.gallery import Gallery
from components.looks import looked_at
from components.roles import Searcher
from components.system import Progress
from components.systems.shop_the_look.goods import CATEGORY, Goods
from components.systems.shop_the_look.palette import palette
from data.dataset import Dataset
from data.images import PictureError

__all__ = ["seen_goods"]


def seen_goods(dataset: Dataset, searcher: Searcher, progress: Progress) -> Goods | None:
    """The items that a picture shows alone, of every split: their looks are no answer to any question.

    None if there is none.
    """
    items = dataset.table("items").sort_by("item_id").to_pylist() if "items" in dataset.tables else []
    items = [item for item in items if item["image"] and item["category"] and item["split"] != "excluded"]
    kept, vectors, palettes = [], [], []
    for item, picture, vector_D in looked_at(dataset, items, searcher, progress):
        try:
            palettes.append(palette(picture))
        except PictureError:
            continue
        kept.append({**item, "attributes": dict(item["attributes"])})
        vectors.append(vector_D)
    if not kept:
        return None
    names = sorted({name for item in kept for name in item["attributes"]} - {CATEGORY})
    columns = {name: [item["attributes"].get(name) for item in kept] for name in names}
    columns[CATEGORY] = [item["category"] for item in kept]
    gallery = Gallery.build(np.stack(vectors), [item["item_id"] for item in kept], columns)
    return Goods(gallery, np.stack(palettes))
