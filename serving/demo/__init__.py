"""Show the service at work: a client that sends it returns with photos."""
