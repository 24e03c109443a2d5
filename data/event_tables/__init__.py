"""Tables of what people did, built from a log by Ibis: the same expressions on DuckDB and on Spark."""
