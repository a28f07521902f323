"""What microcom knows and decides: plain data and pure functions, no I/O, no clock."""
