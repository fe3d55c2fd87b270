"""The commands of launch.py that start trainers or need both halves, one module each; the table.

The one room of `trainers` that also opens the dashboard. Trains nothing and draws nothing itself;
`view` and `export`, which need no trainers, are in dashboard.cli.
"""
