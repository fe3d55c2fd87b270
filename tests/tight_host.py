"""The server's host process with small bounds, so that a test reaches them soon."""

from dashboard.bounds import Bounds

TIGHT = Bounds(connections=24, sockets=4, body_bytes=2**20, first_request_s=0.5, idle_s=1, body_s=1)

if __name__ == "__main__":
    from dashboard import host  # which keeps torch from being imported

    host.bounds_here = lambda: TIGHT
    host.main()
