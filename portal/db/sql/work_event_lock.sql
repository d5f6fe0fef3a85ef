-- work_event_lock: appends of others wait from here to our commit, so ids are handed out in the order of commits (run_event_append)
SELECT pg_advisory_xact_lock(7301)
