"""From the command line's settings to a plan of runs and where they go; starts none of them."""
