"""Where the committed tables come from: one module a source; :mod:`char_mapping.build` writes them down."""
