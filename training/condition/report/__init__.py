"""Write what the condition model reaches, as a page and as a card."""
