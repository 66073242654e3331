"""Beyond one machine: what is read where nobody else can look, and judged where the history is."""
