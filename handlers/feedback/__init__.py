"""What a unit is told of its learners, and its requests to look again."""
