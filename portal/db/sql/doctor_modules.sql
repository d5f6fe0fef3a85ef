-- doctor_modules: how many modules the catalogue holds
SELECT count(*) FROM module
