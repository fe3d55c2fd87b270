"""The tables: each choice is one entry in one of them; builds no model and trains nothing."""
