"""Who there is: centres, organisations, people, their roles and contacts, and the log of what was done."""
