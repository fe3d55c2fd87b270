"""Policies that decide, from the record, what is trained next and what no further."""
