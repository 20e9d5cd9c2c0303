"""Pages around people and access, split by noun."""
