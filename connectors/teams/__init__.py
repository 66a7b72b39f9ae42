"""Microsoft Teams: messages to our people, by the URL of a workflow."""
