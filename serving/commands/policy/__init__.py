"""Show what a policy says, and what another one would have changed."""
