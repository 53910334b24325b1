"""Cases: an incident from the first word to the last, by one table of steps, against a clock."""
