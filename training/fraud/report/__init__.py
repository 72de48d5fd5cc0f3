"""Write what the fraud model reaches, as a page and as a card."""
