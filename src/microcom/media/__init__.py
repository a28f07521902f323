"""The only door to pictures and video: what a file is, and a copy that nothing changes."""
