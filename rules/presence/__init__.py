"""Rules on what is missing, and on values that only look as if something were there."""
