"""What is remembered: tables, queries and migrations. Imports nothing from the floors above."""
