"""People and their access: registration, sign-in, access codes, grants."""
