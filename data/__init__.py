"""Data: canonical tables, sources, expectation suites and the entry point of DVC."""
