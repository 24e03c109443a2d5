"""The data sets of `params.yaml`, and which of them are prepared."""

from typing import Any

from data.params import load
from data.versioned import current, prepared

__all__ = ["list_datasets"]


def list_datasets() -> list[dict[str, Any]]:
    """A row per data set: `name`, `source`, `licence`, `prepared`; then `simulated`, `data_version`, `rows`, `path`."""
    rows = []
    for name, params in load().datasets.items():
        dataset = current(name) if prepared(name) else None
        rows.append(
            {
                "name": name,
                "source": params.source,
                "licence": params.licence,
                "prepared": dataset is not None,
                "simulated": dataset.simulated if dataset else None,
                "data_version": dataset.version if dataset else None,
                "rows": dataset.rows if dataset else None,
                "path": str(dataset.path) if dataset else None,
            }
        )
    return rows
