"""Connectors against real servers that others wrote, also over a network that loses answers."""
