package broker

import (
	"crypto/rand"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/yingguang/yingguang/ingest/gate"
)

// accounts are the two that the private listener knows: the gate's, for everything
// that lamps do, and the house's, for ingest and the simulator.
type accounts struct {
	gate, house *server.User
	open        string // whose rights somebody without a name has
}

func newAccounts(house gate.Account) accounts {
	// The gate lets nothing of the kind through; the server would not take it either.
	own := []string{"$JS.>", "$SYS.>", "$MQTT.>", "$KV.>", "$O.>", "$SRV.>", "_INBOX.>", "_R_.>", "_GR_.>"}
	user := func(name, password string) *server.User {
		return &server.User{Username: name, Password: password, Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Deny: own},
			Subscribe: &server.SubjectPermission{Deny: []string{"$JS.>", "$SYS.>", "$KV.>", "$O.>", "_INBOX.>", gate.RefusedSubject}},
		}}
	}
	if house.Username == "" {
		return accounts{user("gate", rand.Text()), user("house", rand.Text()), "house"}
	}
	return accounts{gate: user("gate", rand.Text()), house: user(house.Username, house.Password)}
}

func (a accounts) list() []*server.User { return []*server.User{a.gate, a.house} }
