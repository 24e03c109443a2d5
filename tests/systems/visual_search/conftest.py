"""A bundle for the tests of visual-search."""

from pathlib import Path

import pytest

from tests.tiny_search import make_bundle


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("tiny") / "bundle")
