"""Runs a test with workers that remember runs, and with workers that replay them at every task."""

import pytest

both_caches = pytest.mark.parametrize(
    "cache_size",
    [pytest.param(1000, id="cached"), pytest.param(0, id="uncached")],
)
