"""The front desk: the menu, help, and what is said to what was not understood."""
