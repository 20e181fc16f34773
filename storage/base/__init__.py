"""What everything remembered stands on: the engine, kinds of columns, clocks, keys, text, the calendar of sending."""
