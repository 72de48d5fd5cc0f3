"""Compare what two checkouts of Regrade answer to the same inputs, over HTTP and the command line alone."""
