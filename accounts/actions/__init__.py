"""Every change of state around people and access: one function each, split by noun."""
