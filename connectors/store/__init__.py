"""The embedded SQL store behind CRM, allocator, outbox, inbox and ledger: SQLite, or PostgreSQL by URL."""
