"""HubSpot, over its date-versioned API."""
