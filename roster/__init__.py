"""Members and their coverage. Nothing is built here yet."""
