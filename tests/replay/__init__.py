"""Recorded histories of every branch, replayed against the code of today."""
