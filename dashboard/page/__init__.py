"""Our page: what runs in the browser, a client of Visdom's own socket; it asks, and trains nothing."""
