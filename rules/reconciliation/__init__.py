"""Rules on counts, people and characters before and after."""
