"""Bring photos and what is true of them into the form that training takes."""
