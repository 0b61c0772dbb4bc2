"""The daily engine: a case, two movement rules, and the counts (ODD 7.17)."""
