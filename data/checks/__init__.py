"""What the checks of all tables share: expectations, findings, and how Great Expectations runs them."""
