"""What to compute: the scan file, its axes and grid, the plan that cuts it into blocks."""
