"""A page that reads a store by itself: its server, what it must know of the physics, copies to give away."""
