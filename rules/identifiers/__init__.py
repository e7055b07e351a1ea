"""Rules about check digits of identifiers."""
