package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// preparedSenders is how many post at once: more gain nothing on two cores.
const preparedSenders = 2

// prepared posts what lies ready in a folder, packed, as fast as InfluxDB takes it.
func (p *part) prepared(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(p.dir, "*.gz"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("nothing is prepared in %s: %w", p.dir, err)
	}
	slices.Sort(files)
	bodies := make(chan []byte, len(files))
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		bodies <- body
	}
	close(bodies)
	var all sync.WaitGroup
	failures := make(chan error, preparedSenders)
	for range preparedSenders {
		all.Go(func() {
			for body := range bodies {
				if err := post(ctx, p.influx, body); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(failures)
	if err := <-failures; err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func post(ctx context.Context, url string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v2/write?bucket="+database+"&precision=ns", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Encoding", "gzip")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	text, _ := io.ReadAll(answer.Body) // the status tells
	answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return fmt.Errorf("InfluxDB answers %s: %s", answer.Status, text)
	}
	return nil
}
