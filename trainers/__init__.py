"""Trains runs: tables of choices, models built from them, and the loop that trains one.

Knows nothing of Visdom; the only thing it takes from `dashboard` is the Recorder. `launcher` alone,
which starts everything, opens the dashboard too.
"""
