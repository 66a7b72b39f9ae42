"""Slack: messages to our people, by a bot."""
