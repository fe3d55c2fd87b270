"""Worker processes on this machine: started, fed and watched; the training itself is
`trainers.train`."""
