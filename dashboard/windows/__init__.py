"""The windows: one file each draws one from what is known of the runs; sends nothing."""
