"""`demo`: the shipped examples on a real server with real workers, checked against what is expected."""
