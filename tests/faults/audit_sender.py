"""A process to be killed: admits attempts, "sends" each by appending its id to a file, and settles it.

    python -m tests.faults.audit_sender STATE_DIR SENT_FILE FIRST_NUMBER {admit-first|send-first}

`send-first` breaks the promise on purpose, to show that the test would see it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.unit.gateway.audit.samples import BODY, intent, opened, outcome

AT_ONCE = 16


async def main(directory: Path, sent: Path, first: int, *, admit_first: bool) -> None:
    descriptor = os.open(sent, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    numbers = iter(range(first, first + 1_000_000))

    async with opened(directory) as log:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

        async def exchange() -> None:
            for number in numbers:
                if not admit_first:
                    os.write(descriptor, f"att-{number}\n".encode())
                dispatch = await log.admit(intent(number), BODY)
                if admit_first:
                    os.write(descriptor, f"att-{number}\n".encode())
                await log.settle(outcome(number, dispatch.intent_seq))

        await asyncio.gather(*(exchange() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), admit_first=sys.argv[4] == "admit-first"))
