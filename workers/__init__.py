"""Who runs what: the registry, the wiring and the processes."""
