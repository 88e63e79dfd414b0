// Package admin is how verbs reach a running process: JSON over a Unix socket in
// the data folder, which only the process's own user can open. It promises that
// a verb gets an answer or one sentence saying why not.
package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// maxBody bounds a request: a town's registry files are some 200 KB.
const maxBody = 32 << 20

// ErrNotRunning is returned where no process listens.
var ErrNotRunning = errors.New("no yingguang runs on this data folder 该数据目录没有运行中的进程")

// Listen opens the socket, in place of one that a killed process left behind. The
// caller holds the data folder's lock, so nobody else can be listening.
func Listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("socket for verbs: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("socket for verbs: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("socket for verbs: %w", err)
	}
	return l, nil
}

// answer is what every call gives back: a result or an error's sentence.
type answer struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// Handle serves one verb: its request is decoded into Q, its result encoded.
func Handle[Q, R any](mux *http.ServeMux, name string, serve func(context.Context, Q) (R, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var q Q
		out := answer{}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&q); err != nil {
			out.Error = fmt.Sprintf("%s: the request cannot be read: %v", name, err)
		} else if result, err := serve(r.Context(), q); err != nil {
			out.Error = err.Error()
		} else if out.Result, err = json.Marshal(result); err != nil {
			out.Error = err.Error()
		}
		w.Header().Set("Content-Type", "application/json")
		if out.Error != "" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		// A caller that has gone needs no answer.
		_ = json.NewEncoder(w).Encode(out)
	})
}

// Call asks the process that listens on path; ErrNotRunning where none does.
func Call[R any](ctx context.Context, path, name string, query any) (R, error) {
	var result R
	body, err := json.Marshal(query)
	if err != nil {
		return result, err
	}
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", path)
		},
		DisableKeepAlives: true,
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://yingguang/"+name, bytes.NewReader(body))
	if err != nil {
		return result, err
	}
	res, err := client.Do(req)
	if err != nil {
		if _, isNet := errors.AsType[*net.OpError](err); isNet {
			return result, ErrNotRunning
		}
		return result, err
	}
	defer res.Body.Close()
	var out answer
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(data, &out); err != nil {
		return result, fmt.Errorf("%s: the running process does not know this verb: is it another version?", name)
	}
	if out.Error != "" {
		return result, errors.New(out.Error)
	}
	return result, json.Unmarshal(out.Result, &result)
}
