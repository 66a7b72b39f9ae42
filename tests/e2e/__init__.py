"""What a newcomer sees: the README's commands, run as processes."""
