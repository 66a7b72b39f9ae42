"""`demo`: the shipped example leads through a real server and real workers, checked against what is expected."""
