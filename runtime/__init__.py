"""Process plumbing: settings, the one door to Temporal, logging."""
