"""The HTTP server: pages for people, feeds for feed readers, an API for programs.

`app` assembles the routes that each module lists. A route's handler is a plain function of a request and an archive
(`endpoint`). It runs in a thread, on the snapshot that was the newest when the request came, and its exceptions become
problem documents (`problems`). Host, origin, token, rate and size are checked before it (`middleware`), and so is the
number of concurrent requests (`executor`).
"""
