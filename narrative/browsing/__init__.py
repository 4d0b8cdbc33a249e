"""Looking through a ledger in a web browser: a copy made for reading, what is said about it, and the server on loopback."""
