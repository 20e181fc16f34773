"""What units are told of their learners, and what they ask the centre to look at again."""
