"""Decisions by table and by property: no server, no store, no clock."""
