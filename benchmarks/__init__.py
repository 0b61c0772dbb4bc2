"""Speed and memory, the plain-Mesa twin, and the time of each process; apart from the tests."""
