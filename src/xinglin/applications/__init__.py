"""What people use; strangers to one another, they meet on the bus and in FHIR resources."""
