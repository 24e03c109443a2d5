"""Runs whose process or worker was killed do not look alive for ever."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest


def _server(ask: Callable[[Any], Any]) -> Any:
    from prefect.client.orchestration import get_client

    async def go() -> Any:
        async with get_client() as client:
            return await ask(client)

    return asyncio.run(go())


def test_a_run_beats_well_within_what_counts_as_silence() -> None:
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY

    from data.environment import variables
    from flows.automations import SILENCE_S

    assert int(variables()[PREFECT_FLOWS_HEARTBEAT_FREQUENCY.name]) <= SILENCE_S / 3


def test_automations_are_made_once_and_name_a_missing_block(
    prefect_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.blocks.notifications import CustomWebhookNotificationBlock

    from data.errors import UserError
    from flows.automations import NOTIFY, install

    monkeypatch.setenv(NOTIFY, "custom-webhook/nobody")
    with pytest.raises(UserError, match="'custom-webhook/nobody', and Prefect has no such block"):
        asyncio.run(install())

    async def named() -> None:
        block = CustomWebhookNotificationBlock(name="ops", url="http://127.0.0.1:9", json_data={"text": "{{body}}"})
        await block.save("ops", overwrite=True)

    asyncio.run(named())
    monkeypatch.setenv(NOTIFY, "custom-webhook/ops")
    asyncio.run(install())
    asyncio.run(install())
    assert sorted(one.name for one in _server(lambda client: client.read_automations())) == [
        "Crash flow runs that never began",
        "Crash flow runs that stopped beating",
        "Tell of failed releases",
    ]
    monkeypatch.delenv(NOTIFY)
    asyncio.run(install())
    assert len(_server(lambda client: client.read_automations())) == 2


def test_runs_that_ended_with_their_worker_are_crashed(prefect_server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect import flow
    from prefect.states import Running

    from flows.automations import install
    from flows.dead_runs import mark_left_runs

    asyncio.run(install())
    run = _server(lambda api: api.create_flow_run(flow(len), state=Running(), work_pool_name="local"))
    for shared, expected in (("postgresql://127.0.0.1/none", "Running"), ("", "Crashed")):
        monkeypatch.setenv("CORKBOARD_DATABASE_URL", shared)
        asyncio.run(mark_left_runs(datetime.now(UTC)))
        assert _server(lambda api: api.read_flow_run(run.id)).state_name == expected


def test_a_run_whose_worker_was_killed_before_it_began_is_crashed(
    prefect_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect import flow
    from prefect.states import Pending

    import flows.automations

    monkeypatch.setattr(flows.automations, "BEGIN_S", 10)
    asyncio.run(flows.automations.install())
    run = _server(lambda api: api.create_flow_run(flow(len)))
    for state in (Pending(), Pending(name="Submitting")):  # as a worker sets them
        _server(lambda api, state=state: api.set_flow_run_state(run.id, state))
    until = time.monotonic() + 90
    while (found := _server(lambda api: api.read_flow_run(run.id)).state).name != "Crashed":
        assert time.monotonic() < until, found
        time.sleep(1)
    assert found.message == "It did not begin within 10 s."
