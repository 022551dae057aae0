"""What is on disk: the layout of a store, its blocks, its log, where it comes from, whether it is sound."""
