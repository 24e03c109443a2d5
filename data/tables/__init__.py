"""The canonical tables: one module each, found by its file.

Legend: `_px` pixels of the stored picture after EXIF rotation, origin at its top left; boxes are half open. `_s` whole
seconds since 1970-01-01 00:00 UTC. An attribute with several values joins them with `|`.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from data.errors import UserError
from data.table import SPLITS, Table

__all__ = ["SPLITS", "Table", "held", "tables"]


def tables() -> dict[str, Table]:
    """All canonical tables by name."""
    found = {}
    for module in iter_modules(__path__):
        table = import_module(f"{__name__}.{module.name}").TABLE
        assert table.name == module.name, f"data/tables/{module.name}.py calls its table {table.name!r}"
        found[table.name] = table
    return found


def held(folder: Path) -> dict[str, Table]:
    """The tables whose files lie in `folder`, by name.

    Raises:
        UserError: a file is of no canonical table.
    """
    known = tables()
    names = sorted(path.stem for path in folder.glob("*.parquet"))
    for name in names:
        if name not in known:
            raise UserError(
                f"{folder} holds {name}.parquet, and nothing says what a table {name!r} has to be; write "
                f"data/tables/{name}.py, or remove the file"
            )
    return {name: known[name] for name in names}
