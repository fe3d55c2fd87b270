"""Writes and reads the files of other programs: TensorBoard, pictures, Markdown, LaTeX, W&B,
Trackio. Knows no flags and shows no page.
"""
