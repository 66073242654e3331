"""Reports: one versioned model, rendered as JSON and HTML."""
