"""What the new system holds after loading (取込後) beside what was handed over: records, amounts, items, characters."""
