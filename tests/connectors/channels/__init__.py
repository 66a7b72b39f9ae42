"""Channels of messages: requests, error rows, odd answers, and what their own readers make of them."""
