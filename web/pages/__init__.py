"""One module per family of pages: routes that read the store and render a template."""
