"""Partnership: who prepared whom, who hired whom, and what partners promised each other."""
