"""How other systems are spoken to: one class per system and port, the only room with HTTP, SMTP and SQL."""
