"""The internet hospital: one page on which a doctor sees, decides, orders and signs."""
