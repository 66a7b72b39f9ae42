"""The shipped examples are complete: every path, kind of entry, rule and transition has one."""
