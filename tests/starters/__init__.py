"""The starters room: what a person types, and what they get back."""
