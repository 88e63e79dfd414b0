package configs

import "testing"

// The shipped settings of a real town read without a complaint.
func TestTownFile(t *testing.T) {
	c, err := Load(Source{File: "town.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Simulator.Enabled || c.MQTT.URL == "" || c.InfluxDB.URL == "" {
		t.Errorf("town.yaml is not a real town: simulator %v, broker %q, InfluxDB %q", c.Simulator.Enabled, c.MQTT.URL, c.InfluxDB.URL)
	}
}
