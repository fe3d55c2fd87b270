"""Draws the atlas: five environments that show every entry of the tables, without any training.

The numbers come from outside as plain data (`trainers.atlas.atlas()`); nothing here computes them
and nothing here knows of PyTorch. `scene.py` puts the chapters together for a board; each chapter
is a function from its numbers to named windows.
"""
