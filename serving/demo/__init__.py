"""Demonstrate the service: a client that sends it returns with photos."""
