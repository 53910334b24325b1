"""What is stored: the city in PostGIS, its versions, incidents and officers."""
