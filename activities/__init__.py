"""Durable steps: thin classes over ports, one effect each."""
