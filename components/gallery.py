"""Items as rows: a vector, an id, metadata to filter by and texts to show. numpy alone, without a search.

Legend: N items, D dimensions.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from components.metadata import Metadata, encode
from data.errors import UserError
from data.files import atomic, write_json

__all__ = ["Gallery", "Rows", "checked_vectors"]

VECTORS, ROWS, VOCABULARY = "vectors.npy", "gallery.npz", "vocabulary.json"
Texts = Mapping[str, np.ndarray]


class Rows:
    """All of a gallery but its vectors. `row_of` is the number of an item's row."""

    def __init__(self, item_ids: np.ndarray, metadata: Metadata, texts: Texts | None = None) -> None:
        self.item_ids = item_ids
        self.metadata = metadata
        self.texts = dict(texts or {})
        self.row_of = {item_id: row for row, item_id in enumerate(item_ids.tolist())}
        if len(self.row_of) != len(item_ids):
            raise ValueError("item ids are not unique")
        for name, column in (metadata.codes | self.texts).items():
            if len(column) != len(item_ids):
                raise ValueError(f"{name}: {len(column)} entries for {len(item_ids)} items")

    @classmethod
    def of(
        cls,
        item_ids: Sequence[str],
        metadata: Mapping[str, Sequence[str | None]],
        texts: Mapping[str, Sequence[str]] | None = None,
    ) -> "Rows":
        """Rows of plain values, those of `metadata` perhaps None.

        Raises:
            ValueError: repeated ids, or columns of another length.
        """
        shown = {name: np.array(list(values), np.str_) for name, values in (texts or {}).items()}
        return cls(np.array(list(item_ids), np.str_), encode(metadata, len(item_ids)), shown)

    def save(self, folder: Path) -> None:
        """Write the files of the rows below `folder`; equal content gives equal bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {"item_ids": self.item_ids}
        arrays |= self.metadata.arrays()
        arrays |= {f"texts.{name}": values for name, values in self.texts.items()}
        with atomic(folder / ROWS) as file:
            np.savez(file, allow_pickle=False, **arrays)
        write_json(folder / VOCABULARY, self.metadata.vocabulary)

    @classmethod
    def load(cls, folder: Path) -> "Rows":
        """Open what `save` wrote; raises `OSError`, `ValueError` or `KeyError` where it is missing or damaged."""
        vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        try:
            with (folder / ROWS).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                metadata = Metadata.of_arrays(arrays, vocabulary)
                texts = {name[6:]: arrays[name] for name in arrays.files if name.startswith("texts.")}
                return cls(arrays["item_ids"], metadata, texts)
        except BadZipFile as error:
            raise ValueError(f"{ROWS}: {error}") from None


class Gallery:
    """Rows with their vectors."""

    def __init__(self, vectors_ND: np.ndarray, rows: Rows) -> None:
        if len(vectors_ND) != len(rows.item_ids):
            raise ValueError(f"{len(vectors_ND)} vectors for {len(rows.item_ids)} items")
        self.vectors_ND = vectors_ND
        self.item_ids, self.metadata, self.texts, self.row_of = rows.item_ids, rows.metadata, rows.texts, rows.row_of
        self._rows = rows

    @classmethod
    def build(
        cls,
        vectors_ND: np.ndarray,
        item_ids: Sequence[str],
        metadata: Mapping[str, Sequence[str | None]],
        texts: Mapping[str, Sequence[str]] | None = None,
    ) -> "Gallery":
        """Put float32 vectors (N, D) beside what is known of each; arguments and errors as of `VectorIndex.build`."""
        return cls(checked_vectors(vectors_ND), Rows.of(item_ids, metadata, texts))

    def __len__(self) -> int:
        return len(self.vectors_ND)

    def save(self, folder: Path) -> None:
        """Write the files of the gallery below `folder`; equal content gives equal bytes."""
        self._rows.save(folder)
        with atomic(folder / VECTORS) as file:
            np.save(file, self.vectors_ND, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> "Gallery":
        """Open what `save` wrote.

        Raises:
            UserError: files are missing, damaged, or do not belong together.
        """
        try:
            return cls(np.load(folder / VECTORS, allow_pickle=False), Rows.load(folder))
        except (OSError, ValueError, KeyError, EOFError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{folder} holds no whole gallery ({reason}); make or fetch the bundle again") from None


def checked_vectors(vectors_ND: np.ndarray) -> np.ndarray:
    """The vectors as contiguous float32 (N, D); raises `ValueError` if there are none, or one is not finite."""
    vectors_ND = np.ascontiguousarray(vectors_ND, np.float32)
    if vectors_ND.ndim != 2 or not len(vectors_ND):
        raise ValueError(f"vectors have shape {vectors_ND.shape}; (N, D) with N > 0 is needed")
    if not np.isfinite(vectors_ND).all():
        raise ValueError("vectors hold values that are not finite")
    return vectors_ND
