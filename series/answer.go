package series

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	influxhttp "github.com/influxdata/influxdb-client-go/v2/api/http"
)

// answer is an error that InfluxDB answered with, in its own words.
type answer struct {
	code  int // HTTP status
	words string
}

func (a *answer) Error() string { return fmt.Sprintf("InfluxDB: %s (%d)", a.words, a.code) }

// answerOf is the HTTP status and the words of an answer, from whichever client
// asked; 0 where there was none.
func answerOf(err error) (code int, words string) {
	if a, ok := errors.AsType[*answer](err); ok {
		return a.code, a.words
	}
	e, ok := errors.AsType[*influxhttp.Error](err)
	if !ok {
		return 0, ""
	}
	if words = strings.TrimSpace(e.Message); words == "" {
		words = http.StatusText(e.StatusCode)
	}
	return e.StatusCode, words
}

// denied says whether the server knows the user and does not let them.
func denied(err error) bool {
	code, words := answerOf(err)
	return code == http.StatusForbidden || strings.Contains(words, "not authorized") || strings.Contains(words, "requires admin privilege")
}

// explain puts what to do about it before an error of InfluxDB or of the way there.
func (c *Client) explain(err error) error {
	code, words := answerOf(err)
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case errors.As(err, new(*roomError)):
		return err
	case code == http.StatusUnauthorized:
		return fmt.Errorf("influxdb.token is refused by %s (on 1.8 it is user:password): %w", c.server.URL, err)
	case code == http.StatusForbidden && strings.Contains(words, "Flux"):
		return fmt.Errorf("InfluxDB at %s has Flux switched off: set flux-enabled = true in the [http] section of its configuration: %w", c.server.URL, err)
	case code == http.StatusForbidden:
		return fmt.Errorf("influxdb.token may not do this at %s: give it read and write on the bucket: %w", c.server.URL, err)
	case code == http.StatusNotFound || strings.Contains(words, "organization name"):
		return fmt.Errorf("check influxdb.org and influxdb.bucket: %w", err)
	case code != 0:
		return err
	}
	var dns *net.DNSError
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err // without the URL, which follows
	}
	switch {
	case errors.As(err, &dns):
		return fmt.Errorf("influxdb.url %s: no such host: %w", c.server.URL, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("InfluxDB at %s does not answer in time: %w", c.server.URL, err)
	default:
		return fmt.Errorf("no answer from InfluxDB at %s; is it running there? %w", c.server.URL, err)
	}
}

// ping returns the header of the server's answer to GET /ping, whatever it says.
func (c *Client) ping(ctx context.Context) (http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.endpoint("ping"), nil)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	return response.Header, response.Body.Close()
}

func (c *Client) endpoint(path string) string { return c.server.endpoint(path) }

func (s *Server) endpoint(path string) string {
	return strings.TrimSuffix(s.URL, "/") + "/" + path
}

// call sends in, a form or something for JSON, and reads the JSON answer into out;
// nil for neither. An answer above 299 is an *answer.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	kind := "application/json"
	switch v := in.(type) {
	case nil:
	case url.Values:
		kind, body = "application/x-www-form-urlencoded", strings.NewReader(v.Encode())
	default:
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.endpoint(path), body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", kind)
	c.authorize(request)
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode > 299 {
		return answerIn(response.StatusCode, text)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("influxdb.url %s answers in words that are not InfluxDB's: %w", c.server.URL, err)
	}
	return nil
}
