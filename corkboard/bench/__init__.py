"""Side-by-side benchmarks, one a module."""
