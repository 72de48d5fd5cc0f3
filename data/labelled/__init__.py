"""Read what people labelled: sets of photos, and tables with any columns."""
