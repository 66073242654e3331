"""The nouns of the auditor: frozen, typed, and without a field that could hold a secret."""
