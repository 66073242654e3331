"""How the database of a history is reached: where it is, by whom, and what its errors mean."""
