"""What people write, read: places on disk, the accounts file, posts; outside text enters here."""
