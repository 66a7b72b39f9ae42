"""What is decided: pure functions over contracts, run and tested without Temporal."""
