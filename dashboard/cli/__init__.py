"""The command line's half that needs no torch: flags, watching, the terminal, view and export."""
