"""A real service, a real headless Chromium, and a page in it that must behave.

Pictures of the screen and what was measured go to the folder that CORKBOARD_SCREENSHOTS names, by default to one of
pytest's.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.process import free_port, stop

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect  # asserts that wait

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_TIMEOUT_S = 60
WAIT_MS = 30_000  # for what has to appear: the machine may be busy
expect.set_options(timeout=WAIT_MS)
START = datetime(2026, 5, 1, 12)  # where the page's clock is stopped
DESK = {"width": 1280, "height": 820}
PHONE = {"width": 390, "height": 844}

WATCH = """
window.measured = { shifts: [], pictures_ms: [], longest: 0 };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) measured.shifts.push(entry.value);
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) measured.pictures_ms.push(entry.renderTime || entry.loadTime);
}).observe({ type: "element", buffered: true });
"""


@dataclass
class Service:
    """Where the service answers, and how its systems are told to fail."""

    address: str
    systems: str
    state: str  # address of its state

    def fail(self, *systems: str) -> None:
        """Those fail from now on, and all others answer: what failed before may be left alone for a moment yet."""
        failed = httpx.get(f"{self.systems}/failing").raise_for_status().json()
        httpx.put(f"{self.systems}/failing", json=list(systems)).raise_for_status()
        deadline = time.monotonic() + WAIT_MS / 1000
        while any(self.states()[system] != "ok" for system in set(failed) - set(systems)):
            assert time.monotonic() < deadline, f"{failed} do not answer again"
            time.sleep(0.1)

    def states(self) -> dict[str, str]:
        found = httpx.get(f"{self.address}/v1/health", timeout=WAIT_MS / 1000).json()["systems"]
        return {system: facts["status"] for system, facts in found.items()}


@dataclass
class Visit:
    """A page as a new visitor has it. expected: what the console may say in this test."""

    page: Any
    service: Service
    shots: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def open(self, place: str = "#/") -> Any:
        """Go to a place, and wait for its first picture."""
        self.page.goto(f"{self.service.address}/{place}")
        self.page.locator(".card img.here, .board, .state").first.wait_for()
        return self.page

    def without(self, *roles: str) -> None:
        """As if no system had these roles. Before `open`."""

        def tell(route: Any) -> None:
            answer = route.fetch()
            content = answer.json()
            for facts in content["systems"].values():
                if facts["role"] in roles:
                    facts["status"] = "missing"
            route.fulfill(response=answer, json=content)

        self.page.route("**/v1/health", tell)

    def stop_clock(self) -> None:
        """From here on no time passes for the page but by `run`: messages stay, pauses between keys count for nothing.

        Before `open`.
        """
        self.page.clock.install(time=START)
        self.page.clock.pause_at(START + timedelta(seconds=1))

    def run(self, seconds: float) -> None:
        self.page.clock.run_for(round(seconds * 1000))

    def scroll_to_end(self) -> None:
        deadline = time.monotonic() + 2 * WAIT_MS / 1000
        while not self.page.get_by_text("That is everything here.").is_visible():
            assert time.monotonic() < deadline, "the board does not end"
            self.page.mouse.wheel(0, 4000)
            self.page.wait_for_timeout(50)

    def shot(self, name: str) -> None:
        """As it looks once nothing moves any more."""
        self.page.screenshot(path=self.shots / f"{name}.png", animations="disabled")

    def measured(self, name: str, value: float) -> None:
        with (self.shots / "measured.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({name: round(value, 4)}) + "\n")

    def told(self, action: str, count: int = 0, about: Collection[str] = ()) -> list[dict[str, Any]]:
        """The events of a kind that the service was told; waits for so many, and for those about these items."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while True:
            found = [event for event in self.events if event["action"] == action]
            missing = set(about) - {event["item_id"] for event in found}
            if len(found) >= count and not missing:
                return found
            assert time.monotonic() < deadline, f"{len(found)} events of {action}, not {count}; none of {missing}"
            self.page.wait_for_timeout(50)

    def check(self) -> None:
        """Nothing wrong in the console, and no other host asked."""
        wrong = [line for line in self.said if not any(re.search(known, line) for known in self.expected)]
        assert wrong == []
        own = (f"{self.service.address}/", "blob:", "data:")
        assert [address for address in self.asked if not address.startswith(own)] == []


def executable() -> str | None:
    named = os.environ.get("CORKBOARD_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    port, systems_port = free_port(), free_port()
    folder = tmp_path_factory.mktemp("service")
    command = [sys.executable, "-m", "tests.browser.board_service", str(port), str(systems_port), str(folder)]
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "CORKBOARD_HOME": str(folder), "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            deadline = time.monotonic() + START_TIMEOUT_S
            while not answers(address):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, "the service does not start"
                time.sleep(0.1)
            yield Service(address, f"http://127.0.0.1:{systems_port}", f"sqlite:///{folder / 'state'}")
        finally:
            stop(process)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/v1/filters").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")  # playwright's event loop must be gone when others start one
def launch() -> Iterator[Callable[[], Any]]:
    """Start a browser that knows nothing yet."""
    path = executable()
    if path is None:
        pytest.skip(f"no Chromium here: install one of {', '.join(NAMES)}, or name it in CORKBOARD_CHROMIUM")
    flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_api.sync_playwright() as driver:
        yield lambda: driver.chromium.launch(executable_path=path, args=flags)


@pytest.fixture(scope="module")
def chromium(launch: Callable[[], Any]) -> Iterator[Any]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("CORKBOARD_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def note(visit: Visit, request: Any) -> None:
    visit.asked.append(request.url)
    if request.url.endswith("/v1/events"):
        visit.events += request.post_data_json["events"]


@pytest.fixture
def arrive(chromium: Any, service: Service, shots: Path) -> Iterator[Callable[..., Visit]]:
    """Make a new visitor's page, with options of Playwright's `new_context`; what it did is checked at the end."""
    visits: list[Visit] = []

    def make(browser: Any = chromium, **options: Any) -> Visit:
        # without a worker unless a test is about it: Playwright does not see what a worker requests
        context = browser.new_context(**{"viewport": DESK, "service_workers": "block", **options})
        context.set_default_timeout(WAIT_MS)
        context.add_init_script(WATCH)
        visit = Visit(context.new_page(), service, shots)
        visit.page.on("console", lambda message: message.type == "error" and visit.said.append(message.text))
        visit.page.on("pageerror", lambda error: visit.said.append(str(error)))
        visit.page.on("request", lambda request: note(visit, request))
        visits.append(visit)
        return visit

    service.fail()
    yield make
    for visit in visits:
        visit.page.context.close()
        visit.check()


@pytest.fixture
def visit(arrive: Callable[..., Visit]) -> Visit:
    return arrive()


@pytest.fixture
def phone(arrive: Callable[..., Visit]) -> Visit:
    return arrive(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2, color_scheme="dark")
