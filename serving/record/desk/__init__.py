"""Let people look at what was decided: what waits for whom, and what they say of it."""
