"""Rules on addresses and postal codes."""
