"""Which system fills which role of the composed service, and in which processes they run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import components.systems
from components.bundle import UsedInput, read_manifest, seal
from components.roles import RECOMMEND, ROLES, SEARCH
from components.settings import Serving
from data.errors import UserError
from serving.discovery.declared import declared, filling, unreadable
from serving.discovery.goldens import members_of
from serving.discovery.member import Member
from serving.discovery.package import with_models
from serving.discovery.processes import PROCESSES, processes

MEMBERS = (Member(SEARCH, "my-looks", 3.0), Member(RECOMMEND, "my-next", 1.0, workers=4))


@pytest.fixture
def further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of systems beside the project's own."""
    monkeypatch.setattr(components.systems, "__path__", [*components.systems.__path__, str(tmp_path)])
    return tmp_path


def give(folder: Path, name: str, serving: str) -> None:
    (folder / name).mkdir()
    (folder / name / "params.yaml").write_text(f"dataset: world\nconfig: {{}}\ngate: {{}}\n{serving}")


def test_each_role_is_filled_by_the_system_that_declares_it() -> None:
    found = declared()
    assert tuple(found) == ROLES
    assert all(member.role == role and filling(role) == member.system for role, member in found.items())


def test_a_system_without_a_role_is_not_in_the_service(further: Path) -> None:
    give(further, "silent", "")
    assert "silent" not in [member.system for member in declared().values()]
    with pytest.raises(UserError, match="silent has no role in discovery; give it one by `serving`"):
        members_of({"silent": ("1", further)}, {})


def test_two_systems_of_one_role_are_refused_by_name(further: Path) -> None:
    give(further, "zz_other", "serving: {role: search, limit_s: 1.0}\n")
    first = "and zz-other both have the role 'search', which discovery gives to one"
    with pytest.raises(UserError, match=first):
        declared()


def test_settings_that_cannot_be_read_stop_no_other_system(further: Path) -> None:
    give(further, "broken", "serving: {role: guess, limit_s: 1.0}\n")
    assert tuple(declared()) == ROLES
    assert unreadable().keys() == {"broken"}
    assert unreadable()["broken"].startswith("params.yaml of broken: ")


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        Serving.model_validate({"role": SEARCH, "limit_s": 0})


def test_what_several_build_on_is_carried_once(tmp_path: Path) -> None:
    def made(system: str, **facts: Any) -> Path:
        bundle = tmp_path / system
        bundle.mkdir()
        (bundle / "weights").write_text(system)
        known = {"dataset": "world", "data_version": "d", "simulated": True, "config": {}, "seed": 0, "code": "c"}
        seal(bundle, system=system, git_revision="", libraries={}, **known, **facts)
        return bundle

    base = made("base")
    used = {"base": UsedInput(version=3, bundle_hash=read_manifest(base).bundle_hash)}
    peers = {"my-looks": ("1", made("my-looks", inputs=used)), "my-next": ("2", made("my-next", inputs=used))}
    members, models = with_models([replace(one, version=peers[one.system][0]) for one in MEMBERS], peers, [base, base])
    below = f"base:3-{used['base'].bundle_hash[:8]}"
    assert [member.below for member in members] == [(below,), (below,)]
    assert models == {below: base} | {member.model: peers[member.system][1] for member in members}
    assert len(models) == 3
    with pytest.raises(UserError, match="was built on version 3 of base, whose bundle is not given"):
        with_models(members, peers, [])


def test_systems_run_apart_unless_they_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROCESSES, "apart")
    assert {name: [one.system for one in members] for name, members in processes(MEMBERS).items()} == {
        "my_looks": ["my-looks"],
        "my_next": ["my-next"],
    }
    monkeypatch.setenv(PROCESSES, "shared")
    ((_, shared),) = processes(MEMBERS).items()
    assert tuple(shared) == MEMBERS
    monkeypatch.setenv(PROCESSES, "one")
    with pytest.raises(UserError, match="CORKBOARD_PROCESSES is 'one'; make it apart or shared"):
        processes(MEMBERS)
