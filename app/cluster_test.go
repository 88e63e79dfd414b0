package app_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/yingguang/yingguang/tools/freeport"
)

// The journal on a NATS server of the town's own, which is not there yet when we
// start: it is waited for, and then everything works as with the embedded one.
func TestJournalOnACluster(t *testing.T) {
	address := freeport.Address(t)
	_, text, _ := net.SplitHostPort(address)
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	options := &server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true}
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(1500*time.Millisecond, s.Start)
	t.Cleanup(func() {
		late.Stop()
		s.Shutdown()
		s.WaitForShutdown()
	})
	h := newHouse(t, map[string]string{"journal.url": "nats://" + address})
	h.ready()
	shows(t, h, h.addr.MQTT)
}
