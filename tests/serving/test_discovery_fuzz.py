"""The whole API under generated requests, valid and not: what it answers is what its OpenAPI document says."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from schemathesis.generation import GenerationMode

from serving.process import free_port
from tests.asking import ask_every_operation
from tests.discoveries import entry_app, listening

EXAMPLES = 12  # an operation and mode


@pytest.fixture(scope="module")
def served(catalogue: Path, state: Path, addresses: dict[str, str]) -> Iterator[str]:
    port = free_port()
    with listening(entry_app(catalogue, state, addresses), port) as (address, _):
        yield address


@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")  # the service's thread does
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_answers_are_as_described(served: str, mode: GenerationMode) -> None:
    asked = ask_every_operation(served, mode, "bar-train-000", EXAMPLES)
    assert asked > 19 * EXAMPLES / 2
    assert httpx.get(f"{served}/v1/health").json()["status"] == "ok"
