"""Classes and their timetables, the notices about them, and who may see which."""
