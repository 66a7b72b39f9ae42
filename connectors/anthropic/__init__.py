"""Models behind Anthropic's messages interface."""
