"""One answer from all constraints together: profiles, posteriors, what survives and what kills, on any axes of a scan."""
