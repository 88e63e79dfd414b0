package alerts

import "testing"

func TestSaysOpened(t *testing.T) {
	for word, want := range map[string]bool{
		"DOOR_OPEN": true, "lid": true, "Tamper alarm 2": true, "anti-theft": true, "箱门打开": true, "DoorOpen": true,
		"invalid_config": false, "load recovery": false, "discovered": false, "indoor temperature": false, "low_battery": false, "过载": false,
	} {
		if got := saysOpened([]string{"low_battery", word}); got != want {
			t.Errorf("%q says opened: %v, want %v", word, got, want)
		}
	}
}
