"""One answer from all constraints together: profiles, posteriors, what survives, what kills."""
