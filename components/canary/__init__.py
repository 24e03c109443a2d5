"""A challenger beside the champion: to a share of people, or in shadow, where its answers are seen by nobody."""
