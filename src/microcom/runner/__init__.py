"""The only place where things happen: calls leave, time passes, processes run."""
