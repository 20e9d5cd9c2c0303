"""Forms around people and access, split by noun."""
