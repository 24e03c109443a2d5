"""The tools for agents, asked by the SDK's own client: over stdio all of them, over HTTP those that read."""

import asyncio
import base64
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
from mcp import Client, StdioServerParameters

from components.lifecycle.registry import champion_of, history
from serving.process import free_port, stop

TINY = str(Path(__file__).parent / "tiny.py")
CHECKOUT = str(Path(__file__).resolve().parents[2])
WRITING = {"start_run", "start_validation", "jobs", "job", "cancel", "promote", "rollback"}


async def answered(client: Client, tool: str, **arguments: Any) -> Any:
    found = await client.call_tool(tool, arguments)
    assert not found.is_error, found.content
    content = found.structured_content
    return content["result"] if set(content) == {"result"} else content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    found = await client.call_tool(tool, arguments)
    assert found.is_error, found
    return str(found.content[0].text)


def champion() -> int:
    found = champion_of(history("centroid"))
    assert found is not None
    return found.version


async def reads(client: Client) -> None:
    names = {one["name"]: one for one in await answered(client, "systems")}
    assert names["centroid"]["champion"] == 2
    assert "item_id" in (await answered(client, "system", name="centroid"))["request"]["properties"]
    assert {one["name"]: one["prepared"] for one in await answered(client, "datasets")}["dots"] is False
    newest, _ = await answered(client, "versions", name="centroid")
    assert newest["version"] == 2
    assert newest["passed"]
    assert newest["figures"]["accuracy"][0] > 0.8
    assert any("accuracy" in reason for reason in newest["reasons"])
    assert {run["verdict"] for run in await answered(client, "runs", name="centroid")} == {"passed"}
    moved = await answered(client, "compare", name="centroid", first=1, second=2)
    assert moved["settings"] == {"spoiled": [0.8, 0.0]}
    point = base64.b64encode(b"[-2, 0]").decode()
    told = await answered(client, "ask", name="centroid", request={"k": 1}, parts={"picture": point})
    assert (told["version"], told["answer"]["labels"]) == (2, ["a"])
    assert "k: input should be" in await refused(client, "ask", name="centroid", request={"k": 0})
    assert "did you mean 'centroid'" in await refused(client, "versions", name="centrod")
    assert "less than or equal to 100" in await refused(client, "versions", name="centroid", limit=101)
    assert "unknown document" in await refused(client, "document", path="../params.yaml")


async def changes(client: Client) -> None:
    assert "reason out" in await refused(client, "promote", name="centroid", version=1, reason="so")
    asked = await answered(client, "promote", name="centroid", version=1)
    assert (asked["done"], champion()) == (False, 2)
    assert "does not fit" in await refused(client, "rollback", name="centroid", token=asked["token"])
    asked = await answered(client, "promote", name="centroid", version=1)
    assert (await answered(client, "promote", name="centroid", version=1, token=asked["token"]))["done"]
    assert champion() == 1
    asked = await answered(client, "rollback", name="centroid")
    assert (await answered(client, "rollback", name="centroid", token=asked["token"]))["done"]
    assert champion() == 2
    assert "version 1 of centroid was rolled back; give a reason" in await refused(
        client, "promote", name="centroid", version=1
    )
    job = await answered(client, "start_run", name="centroid", settings={"epochs": 100, "epoch_s": 1})
    assert job["state"] == "running"
    assert (await answered(client, "cancel", id=job["id"]))["state"] == "cancelled"
    assert "unknown data set" in await refused(client, "start_validation", dataset="dot")
    await answered(client, "start_run", name="centroid", settings={"epochs": 100, "epoch_s": 1})  # ends with the server


def test_what_agents_read_and_change(two):
    environment = {**os.environ, "PYTHONPATH": CHECKOUT}
    port = free_port()
    line = [TINY, str(two.tables), "mcp"]
    http = subprocess.Popen([sys.executable, *line, "--port", str(port)], env=environment, start_new_session=True)

    async def by_stdio() -> None:
        command = StdioServerParameters(command=sys.executable, args=[*line, "--write"], env=environment)
        async with Client(command) as client:
            await reads(client)
            await changes(client)

    async def by_http() -> None:
        for _ in range(300):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.1)
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert not WRITING & set(tools)
            assert all(tool.annotations.read_only_hint for tool in tools.values())
            assert [one["path"] for one in await answered(client, "documents")] == []  # the tiny project has none

    try:
        asyncio.run(by_stdio())
        asyncio.run(by_http())
    finally:
        stop(http)
    ours = [one for one in psutil.process_iter(["cmdline"]) if str(two.tables) in (one.info["cmdline"] or [])]
    assert [one.cmdline() for one in psutil.wait_procs(ours, timeout=10)[1]] == []
