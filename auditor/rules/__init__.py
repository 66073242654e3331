"""The catalogue of controls: documents, profiles, plugins, and pages for people."""
