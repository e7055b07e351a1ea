"""Rules about dates; all share one reading of a text (reading.py), done once a block (block_readings.py)."""
