"""The embedded SQL store behind the CRM, allocator, outbox, inbox and ledger: a SQLite file, or PostgreSQL by URL."""
