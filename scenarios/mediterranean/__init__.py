"""The routes across the Mediterranean, the Atlantic and the Balkans, and the script that rebuilds their tables."""
