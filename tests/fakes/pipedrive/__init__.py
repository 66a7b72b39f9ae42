"""A strict Pipedrive: refuses what version 2 of its API refuses, makes nothing unique, and its search lags.

Written from the models of the vendor's own Node client and its migration guide. The client drives it too, in
`tests/counterparts/test_pipedrive_client.py`; there is none for Python.
"""
