"""The board of conduct reports: who has reported, who has not, and why."""
