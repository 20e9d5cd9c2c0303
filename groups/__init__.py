"""Employer groups, their billing units, contacts and addresses: the tenant of the portal."""
