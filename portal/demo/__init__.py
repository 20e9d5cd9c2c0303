"""Demo data: invented companies, people and requests. Nothing in here runs in production."""
