"""The sample city: a fictitious population on real towns, exported as a mainframe leaves it, with the truth beside it."""
