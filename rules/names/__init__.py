"""Rules on names and their kana."""
