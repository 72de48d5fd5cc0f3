"""Leave out of a photo's file what is written beside its pixels; its compressed picture stays as it is."""
