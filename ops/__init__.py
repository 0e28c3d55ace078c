"""How the product is installed, trained and run. Nothing here is imported by the product itself."""
