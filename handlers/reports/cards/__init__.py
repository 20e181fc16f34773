"""What its reader sees of a report: the whole of it, the names, one learner, what would be sent."""
