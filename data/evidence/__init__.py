"""Findings as columns: what the suites look at beyond the tables themselves. Null means that nothing is wrong."""
