"""How each system of others is reached: one settings model for each, without any library of a connector."""
