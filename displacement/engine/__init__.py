"""The daily engine: a case, two rules by which people move, and what is counted (ODD 7.17)."""
