package influxd

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/s2"
)

func entry(kind byte, text string) []byte {
	block := s2.EncodeSnappy(nil, []byte(text))
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(block))), block...)
}

func TestGoodLength(t *testing.T) {
	one, two := entry(1, strings.Repeat("one ", 100)), entry(3, strings.Repeat("two ", 1000))
	whole := append(bytes.Clone(one), two...)
	broken := bytes.Clone(whole)
	broken[len(one)+walHead] ^= 0xff // the block's own length
	for name, c := range map[string]struct {
		text []byte
		want int
	}{
		"empty":                {nil, 0},
		"whole":                {whole, len(whole)},
		"torn in the head":     {whole[:len(one)+3], len(one)},
		"torn in the block":    {whole[:len(whole)-1], len(one)},
		"torn in the first":    {whole[:len(one)-1], 0},
		"a hole at the end":    {append(bytes.Clone(whole), make([]byte, 100)...), len(whole)},
		"a broken block":       {broken, len(one)},
		"no kind of entry":     {append(bytes.Clone(one), entry(9, "nine")...), len(one)},
		"a length of nonsense": {append(bytes.Clone(one), 1, 0xff, 0xff, 0xff, 0xff, 0), len(one)},
	} {
		got, err := goodLength(bytes.NewReader(c.text), int64(len(c.text)))
		if err != nil || got != int64(c.want) {
			t.Errorf("%s: %d, %v, want %d", name, got, err, c.want)
		}
	}
}

func FuzzGoodLength(f *testing.F) {
	f.Add(entry(1, "one"))
	f.Add(append(entry(2, "two"), 1, 2, 3))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := goodLength(bytes.NewReader(text), int64(len(text)))
		if err != nil || n < 0 || n > int64(len(text)) {
			t.Fatalf("%d of %d bytes, %v", n, len(text), err)
		}
		if again, err := goodLength(bytes.NewReader(text[:n]), n); err != nil || again != n {
			t.Fatalf("of what is good only %d of %d bytes are, %v", again, n, err)
		}
	})
}

// A write that a kill or a full disk has torn, then readings, then a kill: every
// reading that InfluxDB acknowledged is there.
func TestNothingIsLostBehindATornWrite(t *testing.T) {
	needInfluxd(t)
	dir := t.TempDir()
	c := start(t, Config{Dir: dir})
	waitReady(t, c)
	ask(t, c, http.MethodPost, "query", url.Values{"q": {"CREATE DATABASE d"}}, "")
	const rounds = 3
	for i := range rounds {
		ask(t, c, http.MethodPost, "write", url.Values{"db": {"d"}}, fmt.Sprintf("m v=%d %d", i, i+1))
		restarts := c.Restarts()
		if err := syscall.Kill(c.Pid(), syscall.SIGSTOP); err != nil { // it must not write beside us
			t.Fatal(err)
		}
		segments, err := filepath.Glob(filepath.Join(dir, "wal", "d", "*", "*", "_*.wal"))
		if err != nil || len(segments) == 0 {
			t.Fatalf("no write-ahead log: %v", err)
		}
		f, err := os.OpenFile(segments[len(segments)-1], os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		torn := entry(1, strings.Repeat("torn ", 100))
		if _, err := f.Write(torn[:len(torn)/2]); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if err := syscall.Kill(c.Pid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it answers again", func() bool { return c.Restarts() == restarts+1 && answers(c.URL()) })
	}
	var answer struct {
		Results []struct{ Series []struct{ Values [][]any } }
	}
	text := ask(t, c, http.MethodGet, "query", url.Values{"db": {"d"}, "q": {"SELECT v FROM m"}}, "")
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Results) != 1 || len(answer.Results[0].Series) != 1 || len(answer.Results[0].Series[0].Values) != rounds {
		t.Errorf("%v: %s, want %d points", err, text, rounds)
	}
}

// ask is one request that must succeed.
func ask(t *testing.T, c *Child, method, path string, q url.Values, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL()+"/"+path+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(res.Body); err != nil || res.StatusCode > 299 {
		t.Fatalf("%s: %s: %s, %v", path, res.Status, text.String(), err)
	}
	return text.Bytes()
}
