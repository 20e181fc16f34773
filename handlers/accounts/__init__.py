"""The accounts at the messengers: limits that come near, and alarms."""
