"""False alarms of the search for credentials: `python -m tests.load.secrets`."""
