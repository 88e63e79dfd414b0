package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// figures are one measurement of one part.
type figures struct {
	rate   float64 // readings/s, from the first that was done to the last
	cpu    float64 // µs per reading, of the part's own process
	peakMB float64
	influx float64 // µs per reading, of InfluxDB where it was written to
}

// patience bounds one measurement.
const patience = 3 * time.Minute

// told waits for a part that tells when it is done, and gives its figures.
func told(ctx context.Context, p *process, n int) (figures, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	first, firstN, err := p.moment(ctx, "first")
	if err != nil {
		return figures{}, err
	}
	last, lastN, err := p.moment(ctx, "done")
	if err != nil {
		return figures{}, err
	}
	return p.figures(float64(lastN-firstN)/last.Sub(first).Seconds(), n)
}

// moment reads "word nanoseconds count".
func (p *process) moment(ctx context.Context, word string) (time.Time, int, error) {
	text, err := p.line(ctx, word)
	if err != nil {
		return time.Time{}, 0, err
	}
	var ns int64
	var n int
	_, err = fmt.Sscan(text, &ns, &n)
	return time.Unix(0, ns), n, err
}

func (p *process) figures(rate float64, n int) (figures, error) {
	u, err := p.usage()
	return figures{rate: rate, cpu: float64(u.cpu.Microseconds()) / float64(n), peakMB: u.peakMB}, err
}

// watched looks at how many lines were written until there are want, each reading
// being lines of them.
func watched(ctx context.Context, p *process, n, lines int, written func(context.Context) (int, error)) (figures, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var began time.Time
	first := 0
	for {
		at := time.Now()
		have, err := written(ctx)
		if err != nil {
			return figures{}, fmt.Errorf("%s: %w", p.name, err)
		}
		if have > 0 && began.IsZero() {
			began, first = at, have
		}
		if have >= n*lines {
			return p.figures(float64(have-first)/float64(lines)/at.Sub(began).Seconds(), n)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-p.ended:
			return figures{}, fmt.Errorf("%s ended after %d of %d lines: see its log in %s (-keep keeps it)", p.name, have, n*lines, p.cmd.Dir)
		case <-ctx.Done():
			return figures{}, fmt.Errorf("%s: %d of %d lines: %w", p.name, have, n*lines, ctx.Err())
		}
	}
}

// receiver is the sink's process.
type receiver struct {
	*process
	url string
}

func startSink(ctx context.Context, name, dir string) (*receiver, error) {
	p, err := role(name, dir)
	if err != nil {
		return nil, err
	}
	address, err := p.line(ctx, "listening")
	if err != nil {
		p.stop()
		return nil, err
	}
	return &receiver{p, "http://" + address}, nil
}

func (r *receiver) written(ctx context.Context) (int, error) {
	text, err := get(ctx, r.url+"/count")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(text))
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}
