"""The suite mirrors the rooms; tests/architecture proves the rules that hold between them."""
