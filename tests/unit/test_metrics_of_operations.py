"""What Prometheus is told by `corkboard metrics`, and that dashboards and rules ask for nothing else."""

import json
import re
import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from components.monitor.report import Age, Point, Report, Series
from corkboard.exporter import Exporter
from data.files import write_json
from serving.discovery.metrics import PeerMetrics
from serving.metrics import RequestMetrics
from serving.traffic import Traffic

DEPLOY = Path(__file__).parents[2] / "deploy"
PASSWORD = "corkboard:correct horse battery"
NAME = re.compile(r"\b((?:corkboard|bentoml)_\w+)")


RUN = {"flow_id": "1", "state_name": "Failed", "end_time": "2026-01-01T00:00:00Z", "total_run_time": 12.5}
ANSWERS = {
    "/flows/filter": [{"id": "1", "name": "monitor"}],
    "/flow_runs/filter": [RUN, RUN | {"state_name": "Well"}],
    "/work_pools/local/workers/filter": [{"name": "corkboard", "last_heartbeat_time": "2026-01-01T00:00:00Z"}],
}


class Prefect(BaseHTTPRequestHandler):
    """Answers as Prefect's API that asks for a password."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        known = b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")) == PASSWORD.encode()
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(json.dumps(ANSWERS[self.path]).encode())

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def prefect() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Prefect) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def exposed(registry: CollectorRegistry) -> dict[str, Any]:
    text = generate_latest(registry).decode()
    return {sample.name: sample.value for one in text_string_to_metric_families(text) for sample in one.samples}


def test_flows_the_worker_and_the_monitor_are_told_of(
    prefect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", PASSWORD)
    point = Point(time_s=1, rows=200, size=0.3, limit=0.1)
    series = Series(
        name="events/colour",
        kind="category",
        concern="drift",
        against="x",
        systems=[],
        points=[point],
        since_s=1,
        lasting=False,
    )
    age = Age(system="toy", version=1, trained_days=3.0, data_days=None, stale=["why"], old=[])
    report = Report(
        system=None,
        from_s=0,
        until_s=1,
        requests=1,
        people=1,
        traffic_hours=0.0,
        series=[series],
        routes=[],
        ages=[age],
        alarms=["one"],
        notes=[],
        retrain=[],
    )
    write_json(tmp_path / "monitor" / "all" / "report.json", report.model_dump(mode="json"))
    operations = CollectorRegistry()
    operations.register(Exporter(prefect))
    found = exposed(operations)
    assert found["corkboard_monitor_signal"] == pytest.approx(3.0)
    assert (found["corkboard_prefect_up"], found["corkboard_flow_runs"], found["corkboard_flow_last_seconds"]) == (
        1,
        1,
        12.5,
    )
    assert found["corkboard_worker_silent_seconds"] > 1000
    service = RequestMetrics("discovery", "here")
    PeerMetrics(service.registry).count("toy", "ok", 0.1)
    service.count("/v1/feed", 200, 0.1)
    traffic = Traffic(tmp_path / "traffic", 1.0, "here")
    traffic.register(service.registry)
    traffic.close()
    families = [*operations.collect(), *service.registry.collect()]
    known = {one.name for one in families} | {sample.name for one in families for sample in one.samples}
    assert asked() <= known


def asked() -> set[str]:
    """The metrics that dashboards and rules name."""
    dashboards = [json.loads(path.read_text()) for path in (DEPLOY / "grafana" / "dashboards").glob("*.json")]
    assert len(dashboards) == 2
    assert all(panel["datasource"]["uid"] == "prometheus" for one in dashboards for panel in one["panels"])
    queries = [target["expr"] for one in dashboards for panel in one["panels"] for target in panel["targets"]]
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())
    queries += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return {name for query in queries for name in NAME.findall(query)}


def test_without_prefect_or_its_password_it_says_so(
    prefect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    for address in ("http://127.0.0.1:1/api", prefect):
        registry = CollectorRegistry()
        registry.register(Exporter(address))
        assert exposed(registry) == {"corkboard_prefect_up": 0}


def test_a_look_by_another_version_takes_nothing_from_what_else_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    write_json(tmp_path / "monitor" / "all" / "report.json", {"ages": [{"champion_days": 3.0}]})
    registry = CollectorRegistry()
    registry.register(Exporter(None))
    assert exposed(registry) == {"corkboard_prefect_up": 0}
