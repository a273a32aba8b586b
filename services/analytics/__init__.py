"""Analytics: what the answers say."""
