"""Services every hospital shares: access, messaging, scheduling, workflow."""
