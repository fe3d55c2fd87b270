"""The server process: hosts Visdom behind our guards; uses nothing else of ours and knows no
runs."""
