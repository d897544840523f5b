// Loads documents with go-elasticsearch's BulkIndexer.
//
// usage: client URL STREAM CONNECTIONS FILE
//
// A line of FILE begins with {"_id":"ID", and is the document otherwise. Exits 1 when a document was refused.
package main

import (
	"bufio"
	"bytes"
	"context"
	"log"
	"os"
	"strconv"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esutil"
)

const prefix = `{"_id":"`

func main() {
	url, stream, file := os.Args[1], os.Args[2], os.Args[4]
	connections, err := strconv.Atoi(os.Args[3])
	check(err)
	client, err := elasticsearch.NewClient(elasticsearch.Config{
		Addresses:     []string{url},
		RetryOnStatus: []int{429, 502, 503, 504},
		MaxRetries:    10,
	})
	check(err)
	indexer, err := esutil.NewBulkIndexer(esutil.BulkIndexerConfig{
		Client:              client,
		Index:               stream,
		NumWorkers:          connections,
		FlushBytes:          5 << 20,
		QueueSizeMultiplier: 256,
		FilterPath:          []string{"errors", "items.*.status", "items.*.error"},
		OnError:             func(_ context.Context, err error) { log.Print(err) },
	})
	check(err)
	check(load(indexer, file))
	check(indexer.Close(context.Background()))
	if stats := indexer.Stats(); stats.NumFailed > 0 || stats.NumFlushed != stats.NumAdded {
		log.Fatalf("refused: %d of %d", stats.NumFailed, stats.NumAdded)
	}
}

// Hands over every line of the file; the indexer keeps a document until it has sent it.
func load(indexer esutil.BulkIndexer, file string) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer opened.Close()
	lines := bufio.NewScanner(opened)
	lines.Buffer(make([]byte, 1<<20), 64<<20)
	for lines.Scan() {
		line := bytes.Clone(lines.Bytes())
		end := len(prefix) + bytes.IndexByte(line[len(prefix):], '"')
		id := string(line[len(prefix):end])
		// The comma behind the id becomes the brace that opens the document.
		line[end+1] = '{'
		item := esutil.BulkIndexerItem{Action: "create", DocumentID: id, Body: bytes.NewReader(line[end+1:])}
		if err := indexer.Add(context.Background(), item); err != nil {
			return err
		}
	}
	return lines.Err()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
