"""Results: looked up by learners and units, published by the centre."""
