"""Stripe: customers and subscriptions."""
