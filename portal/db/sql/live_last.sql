-- live_last: id of the newest event
SELECT coalesce(max(id), 0) FROM run_event
