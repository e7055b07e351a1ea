"""What a record is: sources, standard layouts, code lists, meanings, mappings. Knows not what good data is."""
