"""How the processes behave, on a real server, with the real activities over ports that fail."""
