"""The migrations of the store, run by `connectors/store/migrate.py`."""
