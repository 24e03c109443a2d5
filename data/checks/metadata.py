"""The check of rows beside pictures: those whose picture is not there."""

from collections.abc import Sequence

import pandas as pd

from data.checks.expect import never
from data.checks.run import Checked

__all__ = ["metadata_checks"]


def metadata_checks(strays: Sequence[str]) -> Checked:
    """One row per `file_name` that names no picture of the data set."""
    frame = pd.DataFrame({"file_name": list(strays), "unmatched": list(strays)}, dtype=object)
    message = "a row of metadata.csv whose file_name is no picture here is not used; correct the name, or remove it"
    suite = [never("unmatched", "metadata has a picture", message, "warning")]
    return Checked("items", "metadata", frame, suite, ("file_name",))
