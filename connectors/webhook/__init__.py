"""Webhooks that we send, signed as Standard Webhooks says."""
