"""Evidence and suite of each table brought together, ready to run."""
