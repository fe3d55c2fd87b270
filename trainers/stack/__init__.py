"""Many runs as one computation, for GPUs; a single run never comes here."""
