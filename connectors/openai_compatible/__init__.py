"""Models behind the chat completions interface, which many servers speak, each in its own dialect."""
