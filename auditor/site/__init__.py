"""What only the customer knows: the site file, credentials, attestations and statements."""
