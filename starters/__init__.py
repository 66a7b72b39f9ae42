"""Who asks: commands, importers and doors, the only callers of start, signal, update and query."""
