package gate_test

import (
	"fmt"
	"sync"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// After a power cut all lamps come back at once, twice; each gets in and has its status
// acknowledged, with nobody turned away. `make bench-storm` does it with a thousand.
func TestStormOf200LampsSettles(t *testing.T) {
	w := newTown(t)
	for round := range 2 {
		var all sync.WaitGroup
		errs := make([]error, 200)
		clients := make([]mqtt.Client, len(errs))
		for i := range errs {
			all.Go(func() {
				name := fmt.Sprintf("JP-%04d", i)
				clients[i] = mqtt.NewClient(w.options(name))
				if errs[i] = outcome(clients[i].Connect()); errs[i] == nil {
					errs[i] = outcome(clients[i].Publish("jiaping/lamps/"+name+"/status", 1, true, `{"online":true}`))
				}
			})
		}
		all.Wait()
		for i, err := range errs {
			if err != nil {
				t.Fatalf("round %d: lamp %d: %v", round, i, err)
			}
		}
		if n := w.Connections(); n != len(errs) {
			t.Errorf("round %d: %d are connected, want %d", round, n, len(errs))
		}
		for _, c := range clients {
			c.Disconnect(0)
		}
		w.until("all have left", func() bool { return w.Connections() == 0 })
	}
	if len(w.incidents) > 0 {
		t.Errorf("reported %+v", <-w.incidents)
	}
}
