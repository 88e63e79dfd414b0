package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/ingest/certs"
	"github.com/yingguang/yingguang/simulator"
)

// openSimulator feeds the broker with the registry's lamps, as they would.
func (a *App) openSimulator(context.Context) error {
	s := a.cfg.Simulator
	if !s.Enabled {
		return nil
	}
	faults, err := Faults(s.Faults)
	if err != nil {
		return fmt.Errorf("simulator.faults: %w", err)
	}
	url, secure := a.cfg.MQTT.URL, a.cfg.MQTT
	cfg := simulator.Config{
		URL: url, Username: secure.Username, Password: secure.Password.Reveal(),
		Prefix: a.cfg.MQTT.Prefix, Lamps: a.rooms.registry.Lamps(), Interval: s.Interval, Backfill: s.Backfill, Seed: s.Seed,
		Faults: a.present(faults), StateFile: a.folder.Sub("simulator.json"), Location: a.cfg.Location(),
		Clock: a.clock, Log: a.log.With("room", "simulator"), Registerer: a.metrics, Progress: a.opts.Progress,
	}
	if cfg.TLS, err = certs.Client(secure.CertFile, secure.KeyFile, secure.CAFile).Dial(); err != nil {
		return err
	}
	if a.rooms.broker != nil {
		cfg.URL, cfg.TLS = a.rooms.broker.URL(), nil
		cfg.Username, cfg.Password = a.rooms.house.Username, a.rooms.house.Password
	}
	fleet, err := simulator.New(cfg)
	if err != nil {
		return fmt.Errorf("simulator: %w: import lamps, or set simulator.enabled: false", err)
	}
	a.goRun("simulator", fleet.Run)
	return nil
}

// Faults reads fault specifications; "demo" stands for the sample set.
func Faults(specs []string) ([]simulator.Fault, error) {
	var faults []simulator.Fault
	for _, s := range specs {
		if s == configs.DemoFaults {
			faults = append(faults, simulator.DemoFaults()...)
			continue
		}
		f, err := simulator.ParseFault(s)
		if err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// present drops the demo's lamps that another town does not have.
func (a *App) present(faults []simulator.Fault) []simulator.Fault {
	return slices.DeleteFunc(faults, func(f simulator.Fault) bool {
		for _, id := range f.Lamps {
			if l, known := a.rooms.registry.Lamp(id); (!known || !l.Reports()) && slices.Contains(a.cfg.Simulator.Faults, configs.DemoFaults) {
				return true
			}
		}
		return false
	})
}
