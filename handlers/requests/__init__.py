"""Whatever is asked of somebody by a deadline: asked, reminded of, put off, handed on, put to the director."""
