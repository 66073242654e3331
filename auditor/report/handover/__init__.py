"""What is made of a handover beside its report: the record that is signed, and the package."""
