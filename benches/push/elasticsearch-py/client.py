"""Loads documents with elasticsearch-py's parallel_bulk, as objects or as the text that was read.

usage: client.py objects|text URL STREAM CONNECTIONS FILE

A line of FILE begins with {"_id":"ID", and is the document otherwise. Exits 1 when a document was refused.
"""

import sys

import orjson
from elasticsearch import Elasticsearch, OrjsonSerializer
from elasticsearch.helpers import parallel_bulk

PREFIX = b'{"_id":"'


def as_action(line):
    """What the helper's documentation shows: a dictionary a document."""
    source = orjson.loads(line)
    return {"create": {"_id": source.pop("_id")}}, source


def as_text(line):
    """The same, cut out of the line: neither parsed nor written again."""
    end = line.index(b'"', len(PREFIX)) + 1
    return b'{"create":' + line[:end] + b"}}", b"{" + line[end + 1 : -1]


def main():
    form, url, stream, connections, file = sys.argv[1:]
    client = Elasticsearch(
        url,
        connections_per_node=int(connections),
        serializer=OrjsonSerializer(),
        request_timeout=120,
    )
    refused = 0
    with open(file, "rb", buffering=1 << 20) as lines:
        results = parallel_bulk(
            client,
            lines,
            thread_count=int(connections),
            chunk_size=5000,
            max_chunk_bytes=5 << 20,
            queue_size=int(connections),
            expand_action_callback=as_text if form == "text" else as_action,
            raise_on_error=False,
            index=stream,
            filter_path="errors,items.*.status,items.*.error.type",
        )
        for stored, _ in results:
            refused += not stored
    sys.exit(f"{refused} documents were refused" if refused else 0)


main()
