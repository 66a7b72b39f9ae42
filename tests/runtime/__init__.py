"""Settings, the door to Temporal, the dev server and its clock, logging, and how processes start and end."""
