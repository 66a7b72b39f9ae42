"""Programs for the interpreters of counterparts: nothing here is imported by us."""
