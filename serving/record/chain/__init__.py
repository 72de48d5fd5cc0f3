"""Chain every row that is kept, so that whatever was changed, taken out or put in afterwards is found."""
