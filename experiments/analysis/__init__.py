"""From results to tables: pure functions, independent of stores and screens."""
