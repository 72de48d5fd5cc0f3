"""Certify the condition of one device for whoever takes it over: as JSON values and as a PDF."""
