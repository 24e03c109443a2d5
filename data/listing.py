"""The data sets of `params.yaml` and how far each has come."""

from typing import Any

from data.dataset import CARD, open_dataset
from data.params import load
from data.project import store
from data.versioned import version

__all__ = ["list_datasets"]


def list_datasets() -> list[dict[str, Any]]:
    """A row a data set: `name`, `source`, `licence`, `prepared`; `simulated`, `version` and `rows` once prepared."""
    found = []
    for name, params in load().datasets.items():
        recorded = version(name)
        prepared = recorded is not None and (store() / name / CARD).is_file()
        dataset = open_dataset(name, store() / name, recorded) if prepared and recorded else None
        found.append(
            {
                "name": name,
                "source": params.source,
                "licence": params.licence,
                "prepared": prepared,
                "simulated": dataset.simulated if dataset else None,
                "version": recorded if dataset else None,
                "rows": dataset.rows if dataset else None,
            }
        )
    return found
