"""Orders that trade relevance for variety or for the shares of groups: pure functions on scores, vectors and groups."""
