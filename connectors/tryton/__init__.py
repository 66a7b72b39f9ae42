"""Tryton, over the REST interface of its models."""
