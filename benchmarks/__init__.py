"""How fast the site is, measured side by side with a bare relay and with what most people would write."""
