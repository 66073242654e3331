"""What people read and answer at a terminal: results, errors, progress, guides, prompts."""
