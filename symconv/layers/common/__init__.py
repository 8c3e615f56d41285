"""What layers share: the Fragment, checks of sizes, sliding windows, the registry."""
