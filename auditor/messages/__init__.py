"""What the program says, made of a template and its parameters, and the languages it says it in."""
