"""Orchestration: one process per file, and the pieces that processes share."""
