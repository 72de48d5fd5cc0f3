"""Convert photos and their truth into the form that training takes."""
