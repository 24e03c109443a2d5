"""Every champion behind one service: search, related items, recommendations, items, events, boards."""
