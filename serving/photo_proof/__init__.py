"""Read what photos prove beside the condition: printed numbers, and when they were taken."""
