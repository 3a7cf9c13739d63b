"""HTTP concerns of every response: security headers, compression, content negotiation, static files."""
