"""Worker processes: draining, restarting, wiring, and what they write."""
