"""Rules on households, their members' history and support measures."""
