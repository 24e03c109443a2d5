"""A bundle for the tests of scene-parsing, and the data set that it learned from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.system import load_system
from data.dataset import Dataset
from tests.pictures import small_dataset
from tests.systems.scene_parsing.settings import SETTINGS


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dataset, Path, list[Any]]]:
    """The data set, the bundle, and what progress was told."""
    folder = tmp_path_factory.mktemp("scene-parsing")
    system = load_system("scene-parsing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_HOME", str(folder / "home"))
        dataset = small_dataset(folder / "data")
        told: list[Any] = []
        (folder / "work").mkdir()
        (folder / "bundle").mkdir()
        config = system.Config.model_validate(SETTINGS)
        system.fit(dataset, config, folder / "work", folder / "bundle", lambda *what: told.append(what))
        yield dataset, folder / "bundle", told
