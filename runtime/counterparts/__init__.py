"""Real servers that others wrote, for tests and demo: installed once, started on free loopback ports."""
