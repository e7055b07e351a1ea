"""Rules on telephone numbers."""
