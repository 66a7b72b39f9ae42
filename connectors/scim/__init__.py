"""SCIM 2.0: a product that takes groups and users."""
