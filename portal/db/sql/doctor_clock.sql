-- doctor_clock: the database's wall clock as unix seconds
SELECT extract(epoch FROM clock_timestamp())::float8
