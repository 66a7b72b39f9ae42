"""`demo --with counterparts`: the same items on servers of others, which are read back at the end."""
