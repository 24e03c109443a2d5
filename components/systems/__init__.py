"""One folder a system; systems never import one another."""
