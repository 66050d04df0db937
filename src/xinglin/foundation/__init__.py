"""What any networked program needs; knows nothing of medicine."""
