"""Rules on characters, their width and their variants."""
