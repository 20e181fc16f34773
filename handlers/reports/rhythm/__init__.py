"""The rhythm of a class: how often its units report, in which words, from when on."""
