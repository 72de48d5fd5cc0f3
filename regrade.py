"""Regrade on the command line."""
