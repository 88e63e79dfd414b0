package series

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestSetup(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		server := s.server(0)
		for _, retention := range []time.Duration{0, 0, 30 * 24 * time.Hour, 2 * time.Hour, 0} {
			server.Retention = retention
			c, err := New(server)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Setup(t.Context()); err != nil {
				t.Fatalf("retention %v: %v", retention, err)
			}
			if got := keeps(t, c); got != retention {
				t.Errorf("retention is %v, want %v", got, retention)
			}
			c.Close()
		}
		c, err := New(server)
		if err != nil {
			t.Fatal(err)
		}
		info, err := c.Check(t.Context())
		if want := int(s.name[0] - '0'); err != nil || info.Major != want {
			t.Errorf("Check: %+v, %v, want major %d", info, err, want)
		}
	})
}

// keeps asks the server for the bucket's retention.
func keeps(t *testing.T, c *Client) time.Duration {
	t.Helper()
	if c.info.Load().Major == 2 {
		var found struct{ Buckets []bucket }
		if err := c.call(t.Context(), http.MethodGet, "api/v2/buckets?name="+c.server.Bucket, nil, &found); err != nil {
			t.Fatal(err)
		}
		return time.Duration(found.Buckets[0].keeps()) * time.Second
	}
	var found struct {
		Results []struct{ Series []struct{ Values [][]any } }
	}
	if err := c.call(t.Context(), http.MethodGet, "query?q=SHOW+RETENTION+POLICIES+ON+%22"+c.server.Bucket+"%22", nil, &found); err != nil {
		t.Fatal(err)
	}
	policies := found.Results[0].Series[0].Values
	if len(policies) != 1 || policies[0][4] != true {
		t.Fatalf("policies %v, want one, the default", policies)
	}
	d, err := time.ParseDuration(policies[0][1].(string))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSetupOfNamedPolicy(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		if s.org != "" {
			t.Skip("2.x has no policies")
		}
		server := s.server(24 * time.Hour)
		server.Bucket += "/short"
		c, err := New(server)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Setup(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.write(t.Context(), []byte("status,lamp=A received_ms=1i")); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWrongServers(t *testing.T) {
	version := func(header, value string, code int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set(header, value)
			}
			w.WriteHeader(code)
			_, _ = w.Write([]byte(`{"error":"Flux query service disabled. Verify flux-enabled=true in the [http] section of the InfluxDB config."}`))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	cases := []struct {
		name, url string
		want      []string
	}{
		{"nobody there", "http://127.0.0.1:1", []string{"127.0.0.1:1", "is it running"}},
		{"no such host", "http://influx.invalid:8086", []string{"influx.invalid", "influxdb.url"}},
		{"some web server", version("", "", 200), []string{"not InfluxDB", "influxdb.url"}},
		{"too old", version("X-Influxdb-Version", "1.7.11", 204), []string{"1.7.11", "1.8 or 2.x"}},
		{"too new", version("X-Influxdb-Version", "3.0.1", 204), []string{"3.0.1", "1.8 or 2.x"}},
		{"flux off", version("X-Influxdb-Version", "1.8.10", 403), []string{"flux-enabled = true"}},
		{"token refused", version("X-Influxdb-Version", "1.8.10", 401), []string{"influxdb.token", "user:password"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			client, err := New(Server{URL: c.url, Bucket: "b"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Check(t.Context())
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
		})
	}
}

func TestWrongTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		if s.org == "" {
			t.Skip("the 1.8 of the tests asks for no password")
		}
		for _, wrong := range []Server{
			{URL: s.url, Org: s.org, Token: "bad", Bucket: "b"},
			{URL: s.url, Org: "nobody", Token: s.token, Bucket: "b"},
		} {
			c, err := New(wrong)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Setup(t.Context())
			want := "influxdb.token"
			if wrong.Org == "nobody" {
				want = "influxdb.org"
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v, want a word of %s", wrong, err, want)
			}
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for _, s := range []Server{
		{Bucket: "b"},
		{URL: "localhost:8086", Bucket: "b"},
		{URL: "ftp://h", Bucket: "b"},
		{URL: "http://h"},
		{URL: "http://h", Bucket: `a"b`},
		{URL: "http://h", Bucket: "${x}"},
		{URL: "http://me:secret@h", Bucket: "b"},
		{URL: "http://h", Bucket: "b", Retention: time.Minute},
	} {
		if _, err := New(s); err == nil || !strings.HasPrefix(err.Error(), "influxdb.") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v, want an error that names the setting", s, err)
		}
	}
}
