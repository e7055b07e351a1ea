"""The other areas of the sample city: what each department's system holds about the same people.

One module an area: rows from the population, column by column, and the faults planted in them. ``area_files`` writes
them as the area's host does.
"""
