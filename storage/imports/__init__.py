"""Lists of offices taken over: units, rosters, timetables, marks."""
