"""Online experiments: who sees which arm, who was exposed, and what can be said of the difference."""
