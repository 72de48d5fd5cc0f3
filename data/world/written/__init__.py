"""Write the simulated world as tables and as cases."""
