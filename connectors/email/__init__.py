"""E-mail over SMTP: messages to our people and to customers."""
