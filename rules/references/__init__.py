"""Rules on links from area to area."""
