"""Rules about dates; all share one reading pass (rules/dates/reading.py)."""
