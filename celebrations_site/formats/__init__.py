"""How dates are written: one folder for each entry of LANGUAGES in settings.py, read by Django."""
