"""What people see: slices, profiles and contours of a store, and pictures of them."""
