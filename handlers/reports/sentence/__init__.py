"""A conduct report typed as a sentence: read in all ways the grammar allows."""
