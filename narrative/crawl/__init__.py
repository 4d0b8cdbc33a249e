"""Network in, bytes out: feeds, politeness, pages. Knows no text."""
