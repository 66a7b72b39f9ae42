"""Connectors, tested against the systems that they speak to."""
