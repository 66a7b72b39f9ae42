"""What CRMs of others have in common: the semantics of our ports over records that such a CRM holds."""
