"""The messengers: one module each, the same shape (base.Channel), one contract suite for all."""
