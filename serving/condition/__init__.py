"""Grade the condition of a device from its photos."""
