"""ASGI middleware: checks that run before the application."""
