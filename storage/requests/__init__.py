"""What is asked of somebody by a deadline, whatever it is: who answers for it, by which steps it is asked, who was told."""
