"""Tryton: what its answers mean, and what no answer of its makes us do."""
