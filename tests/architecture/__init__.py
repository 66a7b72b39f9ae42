"""Rules of the house that need no server: imports, sandbox, registration and the shape of the source."""
