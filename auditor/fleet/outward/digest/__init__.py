"""What one recipient is told since it was last told, as a contract and in words."""
