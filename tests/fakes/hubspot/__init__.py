"""A strict HubSpot: refuses what HubSpot refuses, and searches lag behind writes."""
