"""Reviews: a provider is under review from one day to another, in stages, with a partner list that is fixed."""
