"""Let a candidate decide beside the live system, after the answer and unseen by whoever asked."""
