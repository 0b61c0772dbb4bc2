"""From results to tables: pure functions that know no store and no screen."""
