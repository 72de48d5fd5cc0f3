"""Answer what people do at the review desk."""
