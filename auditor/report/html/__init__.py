"""The page: one file without request or trust in any text it shows."""
