"""The constants of the simulated behaviour: of people, of the platform and of days."""

from dataclasses import dataclass

__all__ = ["DAY_S", "LAWS", "START_S", "SURFACES", "Laws"]

DAY_S = 86_400
START_S = 1_736_121_600  # Monday 2025-01-06, 00:00 UTC: every world's first day
SURFACES = ("home", "search", "related")


@dataclass(frozen=True)
class Laws:
    """The constants of the behaviour of a world; shares are of draws unless noted otherwise."""

    # what the platform shows
    slate: int = 12  # positions of a slate
    draws: int = 32  # proposals drawn for a slate; repeats, absent items and those acted on before are dropped
    popular: float = 0.07
    new: float = 0.07
    taste: float = 0.5
    related: float = 0.3  # to the last positive action; a person without one is shown popular items instead
    explore: float = 0.06
    related_surface: float = 0.8  # share of draws on the surface `related` that are related; the others explore
    search_share: float = 0.25  # share of searches among slates that follow no positive action
    follow_share: float = 0.5  # share of slates with a positive action that lead to `related`
    neighbours: int = 16
    neighbour_decay: float = 0.8  # weight of a neighbour against the one before it
    popularity_decay: float = 0.8  # per day
    newness_days: float = 3.0
    # looking: the probability that a position is looked at is top * (position + 1) ** -slope
    top: tuple[float, ...] = (0.95, 0.98, 0.9)
    slope: tuple[float, ...] = (0.5, 0.8, 0.6)
    # acting on what was looked at: multinomial logit of utility = affinity * sharpness + quality
    sharpness: float = 0.8
    quality_sd: float = 0.3
    click: float = -6.2
    save: float = -8.2
    save_slope: float = 1.3  # of utility, for saving
    hide: float = -3.6
    hide_slope: float = -0.6
    # tastes: logits over categories, palettes, patterns and hidden styles
    archetypes: int = 16
    favourites: tuple[int, ...] = (2, 2, 2, 1)
    strength: tuple[float, ...] = (4.0, 3.6, 1.6, 1.8)
    archetype_sd: float = 2.2
    person_sd: float = 0.15
    styles: int = 8
    drift_sd: float = 0.03  # per day
    drift_pull: float = 0.05  # back to a person's own taste, a day
    jump: float = 0.004  # probability of a new taste, a day
    # coming and going
    founders: float = 0.75  # share of people who are there on the first day; the others arrive evenly
    stocked: float = 0.7  # share of items, likewise
    gap_days: float = 2.4  # median over people of the scale of the Lomax law of days between sessions
    gap_sd: float = 0.6  # of its logarithm
    gap_shape: float = 1.4
    busy: float = 0.12  # probability that a session on a weekday is put off to the next day
    stay: float = 0.6  # probability of another slate in a session
    slates: int = 8  # most slates of a session


LAWS = Laws()
