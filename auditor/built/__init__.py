"""What is made when the package is built, so that no start has to make it again."""
