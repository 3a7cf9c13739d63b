"""THE COMMAND LINE, and the only place that knows feeds, aggregator and web all three. One small file a command."""
