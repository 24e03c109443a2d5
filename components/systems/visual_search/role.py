"""Visual search in the composed service: role `search`, the champion's network without its own gallery.

Legend: N items, D dimensions.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from components.index import VectorIndex
from components.systems.visual_search.embedder import Embedder
from components.systems.visual_search.predictor import INDEX
from data.images import PictureError

__all__ = ["Looks", "open_role"]


class Looks:
    """A `components.roles.Searcher`. Safe from several threads."""

    def __init__(self, embedder: Embedder, index: Path) -> None:
        """index: the folder of the gallery's vectors, of which only a catalogue is made."""
        self._embedder, self._index = embedder, index

    def look(
        self, picture: bytes, box: Sequence[float] | None = None
    ) -> tuple[np.ndarray, Sequence[tuple[str, float]]]:
        """Vector and most probable categories of a picture, or of the part in `box`."""
        embedding_ND, logits_NC = self._embedder.embed_picture(picture, box)
        return embedding_ND[0], self._embedder.likely(logits_NC[0])

    def vectors(self, pictures: Sequence[bytes]) -> Sequence[np.ndarray | None]:
        """The vectors of whole pictures, None for those that cannot be used."""
        squares = [self._square(picture) for picture in pictures]
        usable = [pixels_SS3 for pixels_SS3 in squares if pixels_SS3 is not None]
        made = iter(self._embedder.embed(np.stack(usable))[0] if usable else ())
        return [None if pixels_SS3 is None else next(made) for pixels_SS3 in squares]

    def known(self) -> tuple[Sequence[str], np.ndarray]:
        """The items of the gallery and their vectors, float32 (N, D)."""
        index = VectorIndex.load(self._index)
        return index.item_ids.tolist(), np.array(index.vectors())  # a view otherwise, of what goes with the index

    def _square(self, picture: bytes) -> np.ndarray | None:
        try:
            return self._embedder.square(picture)
        except PictureError:
            return None


def open_role(bundle: Path, threads: int = 1) -> Looks:
    """What the composed service asks of `bundle`; see `Embedder.open`."""
    return Looks(Embedder.open(bundle, threads), bundle / INDEX)
