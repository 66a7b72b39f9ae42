"""Pipedrive: what only this connector has to show; the suites of its ports are in `conformance/`."""
