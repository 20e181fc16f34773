"""Who answers for a unit: heads who are away and come back, and what a unit has set."""
