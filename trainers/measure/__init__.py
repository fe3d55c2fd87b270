"""What is measured of a network: signal, forecast, summary; trains nothing and records nothing."""
