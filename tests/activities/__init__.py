"""The durable steps alone: translation of failures, and what little they compose."""
