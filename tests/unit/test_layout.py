"""The rule against unpickling sees every way in that this project could take, and the project keeps all rules."""

import ast

import pytest

from tests.layout import faults, unpickled


def test_the_project_keeps_its_layout() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.load(path, weights_only=anything)",
        "torch.hub.load('a/b', 'c')",
        "np.load(path, allow_pickle=True)",
        "np.savez(path, allow_pickle=anything)",
        "pd.read_pickle(path)",
        "frame.to_pickle(path)",
        "Model.load_from_checkpoint(path)",
        "trainer.fit(module, ckpt_path=path)",
    ],
)
def test_what_unpickles_is_found(code: str) -> None:
    assert len(unpickled(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        "torch.load(path, weights_only=True)",
        "np.load(path)",
        "np.load(path, allow_pickle=False)",
        "trainer.fit(module, ckpt_path=path, weights_only=True)",
        "json.load(file)",
    ],
)
def test_what_reads_plain_data_is_let_through(code: str) -> None:
    assert unpickled(ast.parse(code)) == []
