"""The receipt of a form that was sent in."""

import base64
import hashlib
from datetime import datetime


def receipt_of(survey_id: str, submitted_at: datetime) -> str:
    """A code to read out on the telephone, such as `K7QD-3M2X-9PTA`."""
    digest = hashlib.sha256(f"receipt\x1f{survey_id}\x1f{submitted_at.isoformat()}".encode()).digest()
    code = base64.b32encode(digest[:10]).decode()
    return f"{code[:4]}-{code[4:8]}-{code[8:12]}"
