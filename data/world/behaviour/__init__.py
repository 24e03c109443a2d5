"""What people of the world did: users with drifting tastes who come back, see ranked slates and act on them."""
