"""`report.json`, version 1: the types that its schema is made of; every format renders them."""
