"""One module for each version; one that was published never changes."""
