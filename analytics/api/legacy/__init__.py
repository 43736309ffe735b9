"""The older systems: their addresses, bodies and answers, a module each."""
