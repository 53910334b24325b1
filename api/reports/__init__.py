"""Reports: one HTML file each, which holds all it shows and asks no host for anything."""
