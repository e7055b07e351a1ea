"""Rules on one number on two persons, one person with two numbers."""
