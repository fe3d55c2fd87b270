"""Our page, a client of Visdom's own socket: it shows and asks, and never changes a run itself."""
