"""The record: the SQLite file that holds every point of every run, written and read; draws
nothing."""
