"""Studies of many runs: designs, comparisons, ensembles, and their stores."""
