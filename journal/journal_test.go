package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/tools/freeport"
	"github.com/yingguang/yingguang/tools/smalldisk"
)

func open(t *testing.T, dir string, change ...func(*Config)) *Journal {
	t.Helper()
	cfg := Config{Dir: dir, MaxBytes: 64 << 20, RejectedMaxBytes: 1 << 20}
	for _, f := range change {
		f(&cfg)
	}
	j, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func block(i int) *Block {
	r := device.Reading{Lamp: device.LampID(fmt.Sprintf("JP-%04d", i)), TS: device.Millis(i), Received: device.Millis(i)}
	r.Set(device.BatteryV, 12.5)
	return &Block{At: device.Millis(i), Readings: []device.Reading{r}}
}

func appendBlocks(t *testing.T, j *Journal, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		p, err := j.Append(t.Context(), block(i))
		if err != nil {
			t.Fatal(err)
		}
		if p.Seq != uint64(i) {
			t.Fatalf("block %d landed at %d", i, p.Seq)
		}
	}
}

func expect(t *testing.T, r *Reader, from, to int) Position {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var last Position
	for i := from; i <= to; i++ {
		p, b, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("block %d: %v", i, err)
		}
		if diff := cmp.Diff(block(i), b, compareReadings); diff != "" || p.Seq != uint64(i) {
			t.Fatalf("block %d at %d (-want +got):\n%s", i, p.Seq, diff)
		}
		last = p
	}
	return last
}

func TestAppendReadRestart(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	appendBlocks(t, j, 1, 50)
	r, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	at := expect(t, r, 1, 20)
	r.Close()
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	j = open(t, dir)
	defer j.Close(t.Context())
	if r, err = j.Reader(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	expect(t, r, 21, 50)
	appendBlocks(t, j, 51, 60)
	expect(t, r, 51, 60)
	r.Close()
	appendBlocks(t, j, 61, 61)
	expect(t, r, 61, 61) // a closed reader goes on where it stood
	r.Close()
}

func TestNextLosesNothingWhenItsContextEnds(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close(t.Context())
	r, err := j.Tail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := 1; i <= 5; i++ {
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, _, err := r.Next(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("an idle journal gave %v", err)
		}
		cancel()
		appendBlocks(t, j, i, i)
		expect(t, r, i, i)
	}
}

func TestTrim(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close(t.Context())
	appendBlocks(t, j, 1, 30)
	s, err := j.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Trim(t.Context(), Position{s.Last.Created, 10}); err != nil {
		t.Fatal(err)
	}
	if err := j.Trim(t.Context(), Position{s.Last.Created + 1, 30}); err != nil {
		t.Fatal(err) // another journal's position removes nothing
	}
	r, err := j.Reader(t.Context(), Position{s.Last.Created, 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	expect(t, r, 11, 30)
	if s, err = j.Status(t.Context()); err != nil || s.First.Seq != 11 || s.Last.Seq != 30 {
		t.Errorf("status %+v, %v; want 11 to 30", s, err)
	}
	if err := j.Trim(t.Context(), s.Last); err != nil {
		t.Fatal(err)
	}
	appendBlocks(t, j, 31, 31) // an emptied journal goes on counting
	expect(t, r, 31, 31)
}

func TestPositionsThatCannotBe(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close(t.Context())
	appendBlocks(t, j, 1, 10)
	s, _ := j.Status(t.Context())
	created := s.Last.Created
	if err := j.Trim(t.Context(), Position{created, 5}); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]Position{
		"gap":             {created, 3},
		"past the end":    {created, 11},
		"another journal": {created - 1, 7},
	} {
		var wrong *PositionError
		if _, err := j.Reader(t.Context(), p); !errors.As(err, &wrong) {
			t.Errorf("%s: got %v, want a PositionError", name, err)
		}
	}
}

// A reader whose records were trimmed away under it stops loudly.
func TestGapWhileReading(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close(t.Context())
	appendBlocks(t, j, 1, 100)
	r, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	at := expect(t, r, 1, 1)
	r.Close()
	if err := j.Trim(t.Context(), Position{at.Created, 90}); err != nil {
		t.Fatal(err)
	}
	var gap *PositionError
	if _, _, err := r.Next(t.Context()); !errors.As(err, &gap) {
		t.Errorf("got %v, want a PositionError", err)
	}
}

func TestFullJournalRefusesAndKeeps(t *testing.T) {
	j := open(t, t.TempDir(), func(c *Config) { c.MaxBytes = 64 << 10 })
	defer j.Close(t.Context())
	n := 0
	for ; ; n++ {
		if _, err := j.Append(t.Context(), block(n+1)); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Fatalf("after %d blocks: %v, want ErrFull", n, err)
			}
			break
		}
	}
	r, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at := expect(t, r, 1, n)
	if err := j.Trim(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	appendBlocks(t, j, n+1, n+1) // room again
}

func TestNoRoomOnDisk(t *testing.T) {
	j := open(t, t.TempDir(), func(c *Config) { c.Reserve = 1 << 60 })
	defer j.Close(t.Context())
	if _, err := j.Append(t.Context(), block(1)); !errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v, want ErrNoSpace", err)
	}
}

func TestTooLarge(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close(t.Context())
	big := &Block{}
	for len(EncodeBlock(nil, big)) <= MaxBlockBytes {
		for range 1000 {
			big.Readings = append(big.Readings, fullBlock().Readings[0])
		}
	}
	if _, err := j.Append(t.Context(), big); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
}

// A server that failed a write is given a new start; readers and writers go on.
func TestRestartAfterWriteError(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close(t.Context())
	r, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	appendBlocks(t, j, 1, 5)
	expect(t, r, 1, 5)
	j.watch.stop() // the looks are ours from here on
	j.watch.failed(t.Context())
	j.watch.look(t.Context())
	if j.watch.broken.Load() {
		t.Fatal("still broken")
	}
	appendBlocks(t, j, 6, 9)
	expect(t, r, 6, 9)
}

// A disk that fills up in the middle of a write stops the store for good; once
// there is space the journal gets over it by itself and has lost nothing.
func TestFullDiskIsGotOver(t *testing.T) {
	disk := smalldisk.New(t, 24<<20)
	j := open(t, filepath.Join(disk.Dir, "journal"), func(c *Config) { c.MaxBytes = 1 << 30 })
	defer j.Close(t.Context())
	big := block(1)
	for range 1000 {
		big.Readings = append(big.Readings, fullBlock().Readings[0])
	}
	n := uint64(0)
	for err := error(nil); err == nil; n++ {
		_, err = j.Append(t.Context(), big)
	}
	n-- // the last one failed
	// The server would lock itself up over a purge now. One that did not hear of the
	// failed write yet sees the full disk.
	for _, broken := range []bool{true, false} {
		j.watch.broken.Store(broken)
		if err := j.Trim(t.Context(), Position{j.created, n / 2}); err != nil {
			t.Errorf("trim of a full disk: %v", err)
		}
	}
	j.watch.broken.Store(true)
	if s, err := j.Status(t.Context()); err != nil || s.First.Seq != 1 {
		t.Errorf("a full disk was trimmed to %d, %v", s.First.Seq, err)
	}
	disk.Grow(128 << 20)
	var p Position
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var err error
		if p, err = j.Append(t.Context(), big); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not got over within three minutes: %v", err)
		}
	}
	if p.Seq <= n {
		t.Errorf("appended at %d, %d were there", p.Seq, n)
	}
	r, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for at := (Position{}); at != p; {
		var b *Block
		if at, b, err = r.Next(t.Context()); err != nil || len(b.Readings) != 1001 {
			t.Fatalf("after %d: %v", at.Seq, err)
		}
	}
}

func TestCluster(t *testing.T) {
	var servers []*server.Server
	var urls, routes []string
	for range 3 {
		routes = append(routes, "nats://"+freeport.Address(t))
	}
	for i := range 3 {
		u, _ := url.Parse(routes[i])
		port, _ := strconv.Atoi(u.Port())
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: -1, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
			Cluster: server.ClusterOpts{Name: "town", Host: "127.0.0.1", Port: port}, Routes: server.RoutesFromStr(strings.Join(routes, ",")),
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		servers = append(servers, s)
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	}
	for _, s := range servers {
		if !s.ReadyForConnections(2 * time.Minute) {
			t.Fatal("the cluster is not ready")
		}
		urls = append(urls, s.ClientURL())
	}
	for deadline := time.Now().Add(2 * time.Minute); servers[0].JetStreamClusterPeers() == nil || len(servers[0].JetStreamClusterPeers()) < 3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the cluster has no leader within two minutes")
		}
		if servers[1].JetStreamIsLeader() && len(servers[1].JetStreamClusterPeers()) == 3 || servers[2].JetStreamIsLeader() && len(servers[2].JetStreamClusterPeers()) == 3 {
			break
		}
	}
	j := open(t, "", func(c *Config) { c.URL = strings.Join(urls, ","); c.MaxBytes, c.RejectedMaxBytes = 8<<20, 1<<20 })
	defer j.Close(t.Context())
	if n := j.blocks.CachedInfo().Config.Replicas; n != 3 {
		t.Errorf("%d copies, want 3", n)
	}
	appendBlocks(t, j, 1, 5)
	r, err := j.Reader(t.Context(), Position{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, r, 1, 5)
	r.Close()
}

// A NATS server that goes and comes back is no reason to refuse for ever: appends fail meanwhile, and go on then.
func TestClusterComesBack(t *testing.T) {
	dir, port := t.TempDir(), -1
	start := func() *server.Server {
		s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, JetStream: true, StoreDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		if !s.ReadyForConnections(time.Minute) {
			t.Fatal("the server is not ready")
		}
		port = s.Addr().(*net.TCPAddr).Port
		return s
	}
	s := start()
	j := open(t, "", func(c *Config) { c.URL = s.ClientURL(); c.MaxBytes, c.RejectedMaxBytes = 8<<20, 1<<20 })
	defer j.Close(t.Context())
	appendBlocks(t, j, 1, 2)
	s.Shutdown()
	s.WaitForShutdown()
	if _, err := j.Append(t.Context(), block(3)); err == nil {
		t.Fatal("a block was appended while there was no server")
	}
	s = start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	for deadline := time.Now().Add(time.Minute); ; {
		_, err := j.Append(t.Context(), block(3))
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server is back, and still: %v", err)
		}
	}
	if !j.watch.mayPurge() {
		t.Error("the journal is not trimmed any more")
	}
}

func TestRejected(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	for i := 1; i <= 25; i++ {
		err := j.Reject(t.Context(), Rejected{Received: device.Millis(i), Topic: "t", Reason: "bad_json", Text: fmt.Sprint(i), Payload: []byte{0, 0xff, byte(i)}, Readings: 1})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	j = open(t, dir)
	defer j.Close(t.Context())
	var got []string
	for before := uint64(0); ; {
		page, err := j.RejectedList(t.Context(), before, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			got = append(got, r.Text)
			before = r.Seq
			if r.Length != 3 || r.Payload[1] != 0xff {
				t.Errorf("message %s came back as %+v", r.Text, r)
			}
		}
	}
	if len(got) != 25 || got[0] != "25" || got[24] != "1" {
		t.Errorf("pages gave %v", got)
	}
}

// Thousands that come together take a few flushes, and are listed like any others.
func TestRejectedTogether(t *testing.T) {
	j := open(t, t.TempDir(), func(c *Config) { c.RejectedMaxBytes = 64 << 20 })
	defer j.Close(t.Context())
	var list []Rejected
	for i := range 1500 {
		r := Rejected{Received: device.Millis(i), Topic: "t", Reason: "bad_json", Text: fmt.Sprint(i), Payload: []byte{byte(i)}, Readings: 1}
		if i >= 1200 {
			r.Payload = bytes.Repeat([]byte{byte(i)}, MaxRejectedPayload+1)
		}
		list = append(list, r)
	}
	if err := j.Reject(t.Context(), list[0]); err != nil {
		t.Fatal(err)
	}
	if n, err := j.RejectAll(t.Context(), list[1:]); n != len(list)-1 || err != nil {
		t.Fatalf("%d are kept, %v", n, err)
	}
	records := j.rejected.CachedInfo().State.Msgs
	if info, err := j.rejected.Info(t.Context()); err == nil {
		records = info.State.Msgs
	}
	if records < 60 || records > 80 { // 5 of 64 KB fill one, and 1000 of the others
		t.Errorf("%d records", records)
	}
	next := len(list) - 1
	for before := uint64(0); next >= 0; {
		page, err := j.RejectedList(t.Context(), before, 7)
		if err != nil || len(page) == 0 {
			t.Fatalf("at %d: %d, %v", next, len(page), err)
		}
		for _, r := range page {
			if r.Text != fmt.Sprint(next) || len(r.Payload) != min(len(list[next].Payload), MaxRejectedPayload) || r.Length != len(list[next].Payload) {
				t.Fatalf("message %d came back as %s, %d bytes of %d", next, r.Text, len(r.Payload), r.Length)
			}
			if before != 0 && r.Seq >= before {
				t.Fatalf("message %d has number %d, the one before it %d", next, r.Seq, before)
			}
			before = r.Seq
			next--
		}
	}
	if page, err := j.RejectedList(t.Context(), rejectedPerRecord, 7); len(page) != 0 || err != nil {
		t.Errorf("before the first: %d, %v", len(page), err)
	}
}

func BenchmarkAppend(b *testing.B) {
	for name, every := range map[string]time.Duration{"always": 0, "interval": time.Minute} {
		b.Run(name, func(b *testing.B) {
			j, err := Open(b.Context(), Config{Dir: b.TempDir(), MaxBytes: 8 << 30, RejectedMaxBytes: 1 << 20, SyncInterval: every})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close(b.Context())
			full := &Block{At: 1}
			for range 250 {
				full.Readings = append(full.Readings, fullBlock().Readings[0])
			}
			data := EncodeBlock(nil, full)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := j.AppendEncoded(b.Context(), data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Who nears a limit, by size or by age, is told once for each level.
func TestWarnsLongBeforeALimit(t *testing.T) {
	var said lines
	j := open(t, t.TempDir(), func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&said, nil)) })
	defer j.Close(t.Context())
	j.watch.stop() // a look of its own would tell of the real journal in between
	now := j.cfg.Clock.Now()
	for _, c := range []struct {
		status Status
		warns  int
	}{
		{Status{Bytes: 10, MaxBytes: 100}, 0},
		{Status{Bytes: 55, MaxBytes: 100}, 1},
		{Status{Bytes: 56, MaxBytes: 100}, 1},
		{Status{Bytes: 10, MaxBytes: 100, Oldest: now.Add(-75 * time.Hour), MaxAge: 100 * time.Hour}, 2},
		{Status{Bytes: 96, MaxBytes: 100}, 3},
		{Status{Bytes: 1, MaxBytes: 100}, 3},
		{Status{Bytes: 51, MaxBytes: 100}, 4},
	} {
		j.watch.warn(c.status)
		if n := said.count("nears its limit"); n != c.warns {
			t.Errorf("after %+v: %d warnings, want %d", c.status, n, c.warns)
		}
	}
}

// lines is a log in memory.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), s)
}
