"""What we know: canonical tables, sources, expectation suites and the DVC entry point."""
