"""Aliases: promotions that were proven, undone, rolled back, raced for, or cut short at any point."""

import pytest

from components.lifecycle import lease, registry
from components.lifecycle import promote as promote_module
from components.lifecycle import release as release_module
from components.lifecycle import smoke as smoke_module
from components.lifecycle.promote import make_champion
from components.lifecycle.registry import champion_of, history, mended, releases
from components.lifecycle.rollback import promote_by_hand, rollback
from components.lifecycle.tracking import client
from corkboard.releases import released_bento
from corkboard.wanted import bento_now, champions_now
from data.errors import UserError


def standing() -> dict[int, tuple[str, tuple[str, ...]]]:
    return {release.version: (release.status, release.aliases) for release in history("centroid")}


def test_a_failed_smoke_of_the_first_version_leaves_no_champion(project):
    summary = project.run(project.plan(), smoke="fail")
    assert (summary.status, summary.version) == ("failed", 1)
    assert "failed 1 of 2 golden requests: origin: answer.labels[0]" in summary.error
    assert standing() == {1: ("smoke_failed", ())}
    assert history("centroid")[0].bento is None
    assert "'b' instead of 'a'" in history("centroid")[0].failures


def test_a_failed_smoke_gives_the_champion_back(project):
    project.run(project.plan(spoiled=0.8, **project.bad))
    summary = project.run(project.plan(), smoke="fail")
    assert (summary.status, summary.version) == ("failed", 2)
    assert standing() == {1: ("released", ("champion",)), 2: ("smoke_failed", ())}
    mended_summary = project.run(project.plan())
    assert (mended_summary.status, mended_summary.version) == ("released", 2)
    assert standing() == {1: ("released", ("previous",)), 2: ("released", ("champion",))}


def test_a_service_that_does_not_start_undoes_the_promotion(project):
    summary = project.run(project.plan(), smoke="crash")
    assert summary.status == "failed"
    assert summary.error.endswith("the service did not start within 60 s; see its log")
    assert standing() == {1: ("smoke_failed", ())}


def test_a_released_version_stays_when_its_new_bento_fails(project, monkeypatch):
    project.run(project.plan())
    monkeypatch.setenv("CENTROID_CODE", "two")
    failed = project.run(project.plan(), smoke="fail")
    assert (failed.status, failed.bento) == ("failed", "centroid:1-two")
    assert standing() == {1: ("released", ("champion",))}
    assert history("centroid")[0].bento == "centroid:1-one"
    assert sorted(path.name for path in project.home.glob("bentoml/bentos/centroid/*")) == ["1-one", "1-two"]
    again = project.run(project.plan())
    assert (again.status, again.bento, "smoke" in again.reused) == ("released", "centroid:1-two", False)
    assert history("centroid")[0].bento == "centroid:1-two"


def test_rollback_needs_no_training_and_sticks(two):
    done = rollback("centroid")
    assert (done.version, done.rolled_back) == (1, 2)
    assert standing() == {1: ("released", ("champion",)), 2: ("rolled_back", ())}
    refused = two.run(two.plan())
    assert refused.status == "refused"
    assert "corkboard promote centroid 2" in refused.verdict.reasons[0]
    with pytest.raises(UserError, match="nothing to roll back"):
        rollback("centroid")


def test_what_is_to_be_served_follows_a_rollback_and_what_was_found_before_is_not_looked_for_again(two, monkeypatch):
    look, bentos = bento_now("centroid"), {release.version: release.bento for release in history("centroid")}
    assert champions_now("centroid") == champions_now("discovery") == {"centroid": (2, bentos[2], None)}
    assert look() == look() == bentos[2]
    rollback("centroid")
    assert look() == bentos[1]
    registry.assign("centroid", "champion", 2)
    monkeypatch.setattr("sys.executable", "/nowhere")
    assert look() == bentos[2]
    client().delete_model_version_tag("centroid", "2", "bento")
    assert champions_now("centroid") == {"centroid": (2, None, "1")}  # what is unproven is served by what it replaces


def test_without_a_champion_it_says_what_to_run_and_does_not_look_again_at_once(project, monkeypatch):
    look = bento_now("centroid")
    for _ in range(2):
        with pytest.raises(UserError, match="centroid has no champion yet; run `corkboard run centroid` first"):
            look()
        monkeypatch.setattr("sys.executable", "/nowhere")


def test_rollback_without_a_champion_says_so(project):
    with pytest.raises(UserError, match="no champion"):
        rollback("centroid")


def test_promotion_by_hand_overrules_a_rollback(two):
    rollback("centroid")
    with pytest.raises(UserError, match=r"version 2 of centroid was rolled back; .* give --force and --reason 'WHY'"):
        promote_by_hand("centroid", 2, two.commands())
    assert standing() == {1: ("released", ("champion",)), 2: ("rolled_back", ())}
    promoted = promote_by_hand("centroid", 2, two.commands(), force="the fault was elsewhere")
    assert history("centroid")[0].forced.endswith(": the fault was elsewhere")
    assert (promoted.version, promoted.previous) == (2, 1)
    assert standing() == {1: ("released", ("previous",)), 2: ("released", ("champion",))}
    rollback("centroid")
    with pytest.raises(UserError, match="nothing to roll back"):  # version 2 was rolled back and is no way back
        rollback("centroid")


def test_promotion_by_hand_of_an_unknown_version_names_the_known(two):
    with pytest.raises(UserError, match="no version 9; there are: 2, 1"):
        promote_by_hand("centroid", 9, two.commands())


def test_files_that_were_tampered_with_are_not_promoted(project):
    project.run(project.plan())
    before = standing()
    for model in project.home.glob("mlartifacts/**/artifacts/bundle/model.json"):
        model.write_text(model.read_text() + " ")
    with pytest.raises(UserError, match="version 1 in the registry are not those that were registered"):
        promote_by_hand("centroid", 1, project.commands())
    assert standing() == before


def test_promotion_by_hand_is_undone_when_the_service_fails(two, monkeypatch):
    project = two
    failed = project.run(project.plan(seed=5, spoiled=0.9, **project.bad), smoke="fail")
    assert failed.status == "refused"
    rollback("centroid")
    client().delete_model_version_tag("centroid", "2", "bento")
    with pytest.raises(UserError, match="was not promoted: its service failed"):
        promote_by_hand("centroid", 2, two.commands("fail"), force="try again")
    assert standing()[1] == ("released", ("champion",))
    assert standing()[2] == ("rolled_back", ())
    assert "'b' instead of 'a'" in history("centroid")[0].failures
    assert project.run(project.plan()).status == "refused"


def test_two_steps_back_after_a_promotion_by_hand_never_return_to_what_was_rolled_back(two):
    promote_by_hand("centroid", 1, two.commands())
    assert rollback("centroid").version == 2
    assert standing() == {1: ("rolled_back", ()), 2: ("released", ("champion",))}
    with pytest.raises(UserError, match="nothing to roll back"):
        rollback("centroid")


def test_a_rollback_while_the_service_is_being_proven_stands(two, monkeypatch):
    rollback("centroid")
    real = smoke_module.answer

    def answer(*arguments):
        rollback("centroid")
        return real(*arguments)

    monkeypatch.setattr(smoke_module, "answer", answer)
    monkeypatch.setenv("CENTROID_CODE", "two")  # so that version 2 has to be proven anew
    with pytest.raises(UserError, match="taken out of service while it was being proven"):
        promote_by_hand("centroid", 2, two.commands(), force="try again")
    assert standing() == {1: ("released", ("champion",)), 2: ("rolled_back", ())}
    assert history("centroid")[0].bento == "centroid:2-one"
    assert two.run(two.plan()).status == "refused"


def left_unproven(project, monkeypatch):
    """Version 2, promoted over version 1 by a run that was killed before the smoke test; nothing was undone."""
    project.run(project.plan(spoiled=0.8, **project.bad))
    with monkeypatch.context() as patch:
        interrupted(patch, release_module, "undo", 1)
        with pytest.raises(Killed):
            project.run(project.plan(), smoke="crash")
    assert standing() == {1: ("released", ("previous",)), 2: ("promoted", ("champion",))}


def test_a_champion_that_was_never_proven_serves_its_predecessor(project, monkeypatch):
    left_unproven(project, monkeypatch)
    assert released_bento("centroid", None) == "centroid:1-one"
    with pytest.raises(UserError, match="version 2 of centroid is not proven; `corkboard promote centroid 2` proves"):
        released_bento("centroid", 2)


@pytest.mark.parametrize(
    ("smoke", "after"),
    [
        ("smoke", {1: ("released", ("previous",)), 2: ("released", ("champion",))}),
        ("fail", {1: ("released", ("champion",)), 2: ("smoke_failed", ())}),
        ("crash", {1: ("released", ("champion",)), 2: ("smoke_failed", ())}),
    ],
)
def test_what_a_killed_run_left_unproven_is_settled_by_the_next_although_its_own_candidate_is_refused(
    project, monkeypatch, smoke, after
):
    left_unproven(project, monkeypatch)
    refused = project.run(project.plan(seed=5, spoiled=0.9, **project.bad), smoke=smoke)
    assert refused.status == "refused"
    assert standing() == after


def test_a_release_of_another_process_is_waited_for(project, monkeypatch):
    """While its lock is held, an unproven champion is somebody's work and not left behind."""
    left_unproven(project, monkeypatch)

    def held(path, busy):
        raise Killed if path.name == "release-centroid.lock" else AssertionError(path)

    monkeypatch.setattr(lease, "locked", held)
    with pytest.raises(Killed):
        project.run(project.plan())
    assert standing()[2] == ("promoted", ("champion",))


def test_a_champion_that_changed_since_the_gate_refuses_the_promotion(two):
    with pytest.raises(UserError, match=r"is now version 2, but the gate compared with none; run again"):
        make_champion("centroid", 1, None)
    assert standing()[2] == ("released", ("champion",))


def test_promoting_the_champion_again_changes_nothing(two):
    before = standing()
    assert make_champion("centroid", 2, 1).reused
    assert standing() == before


class Killed(BaseException):
    """What a `kill -9` looks like from inside: nothing after it happens."""


def interrupted(monkeypatch, module, name: str, calls: int):
    """Let `name` die at its call number `calls`, before it does anything."""
    real, count = getattr(module, name), 0

    def dying(*args, **kwargs):
        nonlocal count
        count += 1
        if count == calls:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, dying)


@pytest.mark.parametrize(
    ("name", "calls", "champion"),
    [("assign", 1, 1), ("assign", 2, 2), ("tag_version", 1, 1), ("tag_version", 2, 2)],
)
def test_a_promotion_cut_short_is_whole_or_nothing(two, monkeypatch, name, calls, champion):
    rollback("centroid")
    with monkeypatch.context() as patch:
        interrupted(patch, promote_module, name, calls)
        with pytest.raises(Killed):
            make_champion("centroid", 2, 1)
    found = mended("centroid")
    assert champion_of(found).version == champion
    assert standing()[2][0] == ("promoted" if champion == 2 else "rolled_back")
    assert all(not release.status.endswith("ing") for release in found)
    assert ("previous" in standing()[1][1]) == (champion == 2)


@pytest.mark.parametrize(("name", "calls"), [("assign", 1), ("assign", 2), ("tag_version", 1)])
def test_a_rollback_cut_short_is_finished_by_whoever_reads_next(two, monkeypatch, name, calls):
    with monkeypatch.context() as patch:
        interrupted(patch, registry, name, calls)
        with pytest.raises(Killed):
            rollback("centroid")
    assert {release.version: release.status for release in releases("centroid")} == {1: "released", 2: "rolled_back"}
    assert standing() == {1: ("released", ("champion",)), 2: ("rolled_back", ())}


def test_an_unproven_champion_is_nothing_to_go_back_to(two):
    """A run that died between promotion and smoke test leaves version 3; version 4 then replaces it."""
    client().create_model_version("centroid", "models:/centroid/2", tags={"status": "registered"})
    client().create_model_version("centroid", "models:/centroid/2", tags={"status": "registered"})
    make_champion("centroid", 3, 2)
    assert make_champion("centroid", 4, 3).previous == 2
    assert rollback("centroid").version == 2


def test_all_systems_are_listed(two):
    assert [(release.system, release.version) for release in releases()] == [("centroid", 2), ("centroid", 1)]
    assert releases("unheard-of") == []
