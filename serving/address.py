"""Define where the service listens by default: on this machine alone."""

HOST, PORT = "127.0.0.1", 3000
