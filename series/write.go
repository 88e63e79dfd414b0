package series

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// write gives line protocol with times in nanoseconds to InfluxDB, in one request.
// What InfluxDB answers above 299 is an *answer. Nobody reads text any more once
// it has returned.
func (c *Client) write(ctx context.Context, text []byte) error {
	if c.packs {
		packed, err := pack(text)
		if err != nil {
			return err
		}
		text = packed
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.writeURL, http.NoBody)
	if err != nil {
		return err
	}
	// A request that was answered early may still be read from by the connection.
	var reading sync.WaitGroup
	defer reading.Wait()
	open := func() (io.ReadCloser, error) {
		reading.Add(1)
		return &lines{Reader: bytes.NewReader(text), close: sync.OnceFunc(reading.Done)}, nil
	}
	request.Body, _ = open()
	request.GetBody, request.ContentLength = open, int64(len(text))
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	request.Header.Set("User-Agent", "yingguang")
	if c.packs {
		request.Header.Set("Content-Encoding", "gzip")
	}
	c.authorize(request)
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if response.StatusCode <= 299 {
		return nil // it has them, whatever became of its words
	}
	if err != nil {
		return err
	}
	return answerIn(response.StatusCode, said)
}

// lines is a request's body that says when it is done with.
type lines struct {
	*bytes.Reader
	close func()
}

func (l *lines) Close() error {
	l.close()
	return nil
}

func pack(text []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

func (s *Server) writeURL() string {
	q := url.Values{"bucket": {s.Bucket}, "precision": {"ns"}}
	if s.Org != "" {
		q.Set("org", s.Org)
	}
	return s.endpoint("api/v2/write") + "?" + q.Encode()
}

func (c *Client) authorize(request *http.Request) {
	if c.server.Token != "" {
		request.Header.Set("Authorization", "Token "+c.server.Token)
	}
}

// answerIn reads the words of an answer that is no success.
func answerIn(code int, text []byte) *answer {
	var said struct{ Error, Message string } // of 1.8, of 2.x
	_ = json.Unmarshal(text, &said)          // else the status says it
	words := said.Message + said.Error
	if words == "" {
		words = http.StatusText(code)
	}
	return &answer{code, words}
}
