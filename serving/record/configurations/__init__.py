"""Keep what decisions are taken with, so that each can be taken again later."""
