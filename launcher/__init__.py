"""The commands that need both halves, trainers and dashboard, one module each; the table of all.

Trains nothing and draws nothing itself. `view` and `export`, which need no trainers, are in
dashboard.cli.
"""
