"""Strict fakes of systems that no counterpart stands in for, written from their documented behaviour."""
