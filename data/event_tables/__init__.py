"""The tables of a log, built by Ibis: the same expressions run on DuckDB and on Spark."""
