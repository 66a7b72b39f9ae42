"""Messages survive releases, ids have inverses, and bounded types refuse what they must."""
