"""One async verb per story, all its I/O in its signature."""
