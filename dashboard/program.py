"""Knows what a person types to start the program, PROGRAM, and the folder of our packages, ROOT.
Starts nothing.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "launch.py" if (ROOT / "launch.py").is_file() else "trainboard"
"""`launch.py` in a checkout; `trainboard` where it is installed: launch.py is no part of that."""
