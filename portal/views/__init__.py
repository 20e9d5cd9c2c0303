"""Pages of the frame: home, tour, help, legal pages, health, errors, brand."""
