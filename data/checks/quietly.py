"""Import Great Expectations without its analytics and without warnings about its own age."""

import logging
import os
import warnings
from types import ModuleType

from data.environment import variables

__all__ = ["great_expectations"]


def great_expectations() -> ModuleType:
    """The package; seconds on the first call. Analytics are decided on import, so the environment comes first."""
    os.environ.update({name: value for name, value in variables().items() if name.startswith("GX_")})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations
        import great_expectations.expectations
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return great_expectations
