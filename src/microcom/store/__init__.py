"""The only door to durable state: queue, journal, lanes, receipts and migrations."""
