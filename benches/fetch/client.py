"""An ordinary client of the Directory Insights API, for the comparison in benches/: standard library only.

One connection is kept alive, pages follow the cursor, each event becomes a line. What it leaves out that `jcx fetch` does: retries,
duplicates, the check of the window, counting, and a file that is whole or absent.

    client.py URL SINCE UNTIL PAGE_SIZE FILE
"""

import http.client
import json
import sys
from urllib.parse import urlsplit

PATH = "/insights/directory/v1/events"
HEADERS = {"x-api-key": "bench", "Content-Type": "application/json", "Accept": "application/json"}


def pages(url, query):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    while True:
        connection.request("POST", PATH, json.dumps(query), HEADERS)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            sys.exit(f"{response.status} {response.reason}: {body[:200]!r}")
        events = json.loads(body)
        if len(events) != int(response.headers["X-Result-Count"]):
            sys.exit("a page was cut")
        yield events
        if len(events) < int(response.headers["X-Limit"]):
            return
        query["search_after"] = json.loads(response.headers["X-Search_after"])


def main(url, since, until, page_size, file):
    query = {
        "service": ["all"],
        "start_time": f"{since}T00:00:00Z",
        "end_time": f"{until}T00:00:00Z",
        "limit": int(page_size),
        "sort": "ASC",
    }
    with open(file, "w", encoding="utf-8") as out:
        for events in pages(url, query):
            for event in events:
                out.write(json.dumps(event, separators=(",", ":"), ensure_ascii=False))
                out.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
