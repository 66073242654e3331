"""What a handover adds: branding, open points, and the package."""
