"""Salesforce, over its REST API. Leads are never converted: that has no REST resource."""
