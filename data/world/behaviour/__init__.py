"""The simulated behaviour: people with drifting tastes come back, see ranked slates and act on them."""
