"""Read sets of labelled photos, and labelled tables with any columns."""
