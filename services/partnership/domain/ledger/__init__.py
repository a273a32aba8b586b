"""The two-sided ledger: what a provider and a district promised each other, did, and reached; who says so, and when."""
