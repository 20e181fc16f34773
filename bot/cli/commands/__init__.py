"""The commands of `caunoi`, by what they are about."""
