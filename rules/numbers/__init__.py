"""Rules about numbers and number-like codes."""
