"""One message to each recipient and run: what it tells, and how it gets there without loss."""
