"""Our own relay, consumer, gatherer and mailer in a simulated world: virtual time, seeded chance, faults everywhere."""
