"""Hands what was recorded to a notebook or a script: as tables and arrays, as figures, as the page.

Reads only, trains nothing and knows nothing of torch.
"""
