"""Rules on identifiers: check digits, shapes, one number on two people, and numbers where none may stand."""
