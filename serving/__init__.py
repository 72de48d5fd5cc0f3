"""Turn photos and a case into a decision that is kept and explained."""
