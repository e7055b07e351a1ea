"""Rules about code values and their conversion."""
