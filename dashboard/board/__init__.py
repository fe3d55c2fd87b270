"""The board: draws the windows that changed and sends them to Visdom; decides nothing about
runs."""
