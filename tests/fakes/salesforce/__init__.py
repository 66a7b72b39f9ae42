"""A strict Salesforce org: external ids, lookups, required fields and lengths as its documentation says."""
