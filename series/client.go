package series

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"
)

// Server says which InfluxDB to use, and for how long it keeps readings.
type Server struct {
	URL       string        // such as http://127.0.0.1:8086
	Org       string        // 2.x only
	Bucket    string        // bucket of 2.x; on 1.8 a database, or database/policy
	Token     string        // token of 2.x; on 1.8 user:password, or empty
	Retention time.Duration // points older than this are dropped; 0 keeps all, else at least an hour
}

// Time limits of one request: a write of 5,000 readings takes some 50 ms.
const (
	writeTimeout = 30 * time.Second
	queryTimeout = 30 * time.Second
	setupTimeout = 10 * time.Second
)

// Client speaks to one InfluxDB. It connects when it is first used. All methods
// are safe for concurrent use.
type Client struct {
	server Server
	http   *http.Client
	influx influxdb2.Client
	packs  bool // what is written
	reads  api.QueryAPI

	writeURL string
	info     atomic.Pointer[Info] // of the last successful Check
}

// New checks the form of s; whether it answers is for Check.
func New(s Server) (*Client, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("influxdb.url %q: want http://host:8086 or https://host", s.URL)
	}
	if u.User != nil {
		return nil, errors.New("influxdb.url holds a password: it would show in logs, so set influxdb.token to user:password")
	}
	if s.Bucket == "" {
		return nil, errors.New("influxdb.bucket is empty: name the bucket, or the database on 1.8")
	}
	if strings.ContainsFunc(s.Bucket, func(r rune) bool { return r < ' ' || strings.ContainsRune("\"'\\$", r) }) {
		return nil, fmt.Errorf("influxdb.bucket %q: quotes, backslashes and $ cannot stand in it", s.Bucket)
	}
	if s.Retention != 0 && s.Retention < time.Hour {
		return nil, fmt.Errorf("influxdb.retention %v: InfluxDB wants at least 1h, or 0 to keep all", s.Retention)
	}
	c := &Client{server: s, http: &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     90 * time.Second,
	}}}
	c.packs = !loopback(u.Hostname()) // beside us, packing costs more than it saves
	c.writeURL = s.writeURL()
	options := influxdb2.DefaultOptions().SetHTTPClient(c.http).SetApplicationName("yingguang")
	c.influx = influxdb2.NewClientWithOptions(s.URL, s.Token, options)
	c.reads = c.influx.QueryAPI(s.Org)
	return c, nil
}

// Close lets idle connections go.
func (c *Client) Close() {
	c.influx.Close()
	c.http.CloseIdleConnections()
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
