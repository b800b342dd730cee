"""Podcasts: a show is a folder with episodes, a feed and a page, which any web server can serve."""
