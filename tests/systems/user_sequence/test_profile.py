"""What a person's attributes tell, counted by hand, and how much it is found to weigh."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from components.systems.user_sequence.config import LossConfig
from components.systems.user_sequence.examples import validation_questions
from components.systems.user_sequence.freshness import Freshness
from components.systems.user_sequence.graph import Graph
from components.systems.user_sequence.history import History, LeaveOneOut
from components.systems.user_sequence.profile import PROFILE, Profile
from components.systems.user_sequence.scorer import Blend, Scorer
from components.systems.user_sequence.tables import Catalogue, Histories
from components.systems.user_sequence.transformer import Transformer
from components.systems.user_sequence.trend import CrowdLog, Popularity
from components.systems.user_sequence.weights import fitted_profile
from components.transitions import TransitionConfig
from data.errors import UserError
from data.times import DAY_S
from tests.histories import made

HALF_LIFE_DAYS, SMOOTHING = 20, 10
ACTIONS, SURFACES = ("click", "view"), ("home", "search")
COLOURS = ("red", "red", "blue", "blue")


def _catalogue(colours: tuple[str, ...] = COLOURS) -> Catalogue:
    ids = tuple(f"i{number}" for number in range(len(colours)))
    rare = ({"size": "small"}, *({} for _ in colours[1:]))
    attributes = tuple({"colour": colour} | more for colour, more in zip(colours, rare, strict=True))
    return Catalogue(ids, ids, attributes, np.full(len(ids), -1))


def _histories(*users: list[tuple[int, str, str, float, str]]) -> Histories:
    """Users as lists of (item, action, split, day, surface)."""
    return made(users, ACTIONS, SURFACES)


@pytest.fixture
def profile() -> Profile:
    """Clicked: 0, then home shows 1, 1 and 2 and search 3; another user looks at 2."""
    one = [(0, "click", "home", 1), (1, "view", "home", 2), (1, "view", "home", 3), (2, "view", "home", 4)]
    told = [*one, (3, "view", "search", 5)]
    log = _histories(
        [(item, action, "train", day, surface) for item, action, surface, day in told],
        [(2, "view", "train", 1.0, "home")],
    )
    return Profile.count(log, _catalogue(), ("click",))


def _history(*events: tuple[int, int, int, float]) -> History:
    """(item, action code, surface code, day)."""
    item_L, action_L, surface_L, day_L = (np.array(column) for column in zip(*events, strict=True))
    return History(item_L.astype(np.int64), action_L, surface_L, (day_L * DAY_S).astype(np.int64))


def test_evidence_is_counted_for_what_all_items_have(profile: Profile) -> None:
    assert profile.code_FN.tolist() == [[1, 1, 0, 0]]  # blue, red; of `size` too few items tell
    assert profile.done_A.tolist() == [1]
    assert profile.share_KV == pytest.approx(np.array([[2 / 5, 3 / 5], [4 / 9, 5 / 9], [3 / 5, 2 / 5]]))
    mean = 1 / 6  # one click of six looks
    assert profile.rate_N[0] == pytest.approx(np.log((1 + 20 * mean) / 21 / mean))
    assert profile.rate_N[1] == pytest.approx(np.log((20 * mean) / 22 / mean))
    home, search = profile.follows(_history((0, 1, 1, 1), (3, 2, 1, 2)))  # the look at 3 is no action
    assert dict(zip(*(part.tolist() for part in home), strict=True)) == pytest.approx({1: 40 / 23, 2: 20 / 23})
    assert dict(zip(*(part.tolist() for part in search), strict=True)) == pytest.approx({3: 20 / 21})
    assert profile.follows(_history((0, 2, 1, 1))) == []


def test_a_lift_compares_with_everybody_and_forgets(profile: Profile) -> None:
    history = _history((0, 1, 1, 0), (2, 2, 1, 20), (3, 2, 0, 20))  # the last on a surface unknown
    lift_KV = profile.lifts(history, 20 * DAY_S)
    done = [np.log(SMOOTHING / (0.5 + SMOOTHING)), np.log((0.5 / (3 / 5) + SMOOTHING) / (0.5 + SMOOTHING))]
    home = [
        np.log((1 / (4 / 9) + SMOOTHING) / (1.5 + SMOOTHING)),
        np.log((0.5 / (5 / 9) + SMOOTHING) / (1.5 + SMOOTHING)),
    ]
    assert lift_KV == pytest.approx(np.array([done, home, [0, 0]]))
    assert profile.lifts(history, None) == pytest.approx(lift_KV)  # asked when the newest was
    later_KV = profile.lifts(history, (20 + 2000 * HALF_LIFE_DAYS) * DAY_S)
    assert later_KV == pytest.approx(np.zeros((3, 2)))


def test_scores_are_the_weighed_sum(profile: Profile) -> None:
    weights = {"weight_KF": np.array([[2.0], [0.5], [0.0]]), "rate_weight": np.array(3.0)}
    whole = replace(profile, **weights, follow_weight_S=np.array([10.0, 0.0]))
    history = _history((0, 1, 1, 0), (2, 2, 1, 20))
    lift_KV = profile.lifts(history, None)
    expected = (2 * lift_KV[0] + 0.5 * lift_KV[1])[profile.code_FN[0]] + 3 * profile.rate_N
    expected[[1, 2]] += [10 * 40 / 23, 10 * 20 / 23]
    assert whole.scores(history, None) == pytest.approx(expected, rel=1e-5)
    assert not profile.scores(history, None).any()


@pytest.mark.parametrize("now_s", [None, 21 * DAY_S])
def test_parts_of_a_history_score_as_each_alone(profile: Profile, now_s: int | None) -> None:
    weights = {"weight_KF": np.array([[2.0], [0.5], [-1.0]]), "rate_weight": np.array(3.0)}
    whole = replace(profile, **weights, follow_weight_S=np.array([10.0, 4.0]))
    untimed = _history((1, 1, 2, -1 / DAY_S))
    history = _history((0, 1, 1, 0), (1, 1, 0, 3), (2, 2, 1, 20), (3, 2, 2, 20), (0, 1, 2, 20.5)).then(untimed)
    row_I = np.array([3, 1, 2])
    left_out = LeaveOneOut(history, history, now_s, np.array([0, 1]))
    keep_XL = left_out.keep(history.item_L)
    score_XI = whole.scores_without(left_out, row_I)
    for score_I, keep_L in zip(score_XI, keep_XL, strict=True):
        assert score_I == pytest.approx(whole.scores(history.part(keep_L), now_s)[row_I], rel=1e-5)
    assert len(np.unique(score_XI.round(4))) == score_XI.size


def test_it_is_stored_and_opened_alike_and_damage_is_said(profile: Profile, tmp_path) -> None:
    profile.save(tmp_path)
    again = Profile.load(tmp_path)
    history = _history((0, 1, 1, 0))
    assert again.lifts(history, None).tolist() == profile.lifts(history, None).tolist()
    (tmp_path / PROFILE).write_bytes(b"PK")
    with pytest.raises(UserError, match=r"profile.npz holds no profile"):
        Profile.load(tmp_path)


def test_without_an_attribute_there_is_nothing_to_profile() -> None:
    log = _histories([(0, "click", "train", 1.0, "home")])
    bare = replace(_catalogue(), attributes=({}, {}, {}, {}))
    with pytest.raises(UserError, match=r"blend.profile needs an attribute that half of the items have"):
        Profile.count(log, bare, None)


@pytest.mark.parametrize("loyal", [True, False])
def test_a_profile_weighs_where_people_keep_to_a_colour(loyal: bool) -> None:
    """The blended scores know nothing; people click on one colour, or on any."""
    generator = np.random.default_rng(0)
    items, users = 24, 80
    colours = tuple(("red", "blue", "green")[number % 3] for number in range(items))

    def user(number: int) -> list[tuple[int, str, str, float, str]]:
        own = [item for item in range(items) if not loyal or item % 3 == number % 3]
        chosen = generator.choice(own, 7, replace=False).tolist()
        return [
            (item, "click", "train" if day < 5 else "validation", float(day), "home") for day, item in enumerate(chosen)
        ]

    log = _histories(*(user(number) for number in range(users)))
    catalogue, trained = _catalogue(colours), log.within("train")
    questions = validation_questions(log, LossConfig(), None, users)
    vector_ND = generator.normal(size=(items, 2)).astype(np.float32)
    graph = Graph.count(trained, items, TransitionConfig())
    freshness = Freshness.count(catalogue.created_s_N, trained.item_E, trained.time_s_E)
    session = SimpleNamespace(run=lambda _, given: [np.zeros((len(given["length_B"]), 2), np.float32)])
    popularity = Popularity.count(trained, items, None, 14.0)
    scorer = Scorer(Transformer(session, vector_ND, 5), popularity, graph, freshness, Blend())
    crowd_log = CrowdLog.of(log, items, None, None)
    fitted, ndcg = fitted_profile(scorer, questions, crowd_log, Profile.count(trained, catalogue, None))
    if loyal:
        assert fitted is not None
        assert fitted.weight_KF[:2].sum() > 0.5  # done and looked at at home are the same here, and share the weight
        assert ndcg > 0.5
    else:
        assert ndcg < 0.4
