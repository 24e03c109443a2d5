"""The canonical tables: one module each, discovered by its file.

Legend: `_px` pixels of the stored picture after EXIF rotation, origin at its top left; boxes are half open. `_s` whole
seconds since 1970-01-01 00:00 UTC. An attribute with several values joins them with `|`.
"""

from data.table import SPLITS

__all__ = ["SPLITS"]
