"""Invoices and payments. Nothing is built here yet."""
