"""The only place where things happen: calls leave, clocks are read, processes start."""
