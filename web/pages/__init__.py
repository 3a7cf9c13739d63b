"""The pages, one file for each family. Every function takes the site and answers from a fixed number of store calls."""
