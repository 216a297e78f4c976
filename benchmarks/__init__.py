"""Measures the gateway as it runs in production, beside a bare bound in the same run."""
