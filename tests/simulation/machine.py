"""Hypothesis decides what befalls the processes; the number of examples and steps is the profile's."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("PREPBRIDGE_SIMULATED_EXAMPLES", "50"))
STEPS = 100
seeds = st.integers(0, 2**32 - 1)

PROFILE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
