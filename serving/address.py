"""Say where the service listens unless it is told otherwise: on this machine alone."""

HOST, PORT = "127.0.0.1", 3000
