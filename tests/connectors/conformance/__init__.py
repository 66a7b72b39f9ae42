"""One suite per port, written against its Protocol, for every implementation of it."""
