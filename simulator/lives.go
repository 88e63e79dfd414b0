package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/yingguang/yingguang/device"
)

// lives is what StateFile holds.
type lives struct {
	Seed  int64                  `json:"seed"`
	At    device.Millis          `json:"at"`   // everything before was published
	Live  device.Millis          `json:"live"` // faults count from here
	Poles map[device.LampID]life `json:"poles"`
}

// save writes the lives; a kill in the middle leaves the old ones.
func (f *Fleet) save() error {
	if f.cfg.StateFile == "" {
		return nil
	}
	l := lives{Seed: f.cfg.Seed, Live: f.live, Poles: make(map[device.LampID]life, len(f.poles))}
	for _, p := range f.poles {
		l.Poles[p.lamp.ID] = p.life
		l.At = max(l.At, p.At)
	}
	data, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("save simulated lamps: %w", err)
	}
	temporary := f.cfg.StateFile + ".new"
	if err := os.MkdirAll(filepath.Dir(f.cfg.StateFile), 0o750); err != nil {
		return fmt.Errorf("save simulated lamps: %w", err)
	}
	if err := writeFlushed(temporary, data); err != nil {
		return fmt.Errorf("save simulated lamps: %w", err)
	}
	if err := os.Rename(temporary, f.cfg.StateFile); err != nil {
		return fmt.Errorf("save simulated lamps: %w", err)
	}
	return nil
}

// writeFlushed writes a file that a power cut leaves whole once it is renamed.
func writeFlushed(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	if _, err = file.Write(data); err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// load reads the lives back; nil where there are none, or those of another seed.
func (f *Fleet) load() (*lives, error) {
	if f.cfg.StateFile == "" {
		return nil, nil //nolint:nilnil // nothing is kept
	}
	data, err := os.ReadFile(f.cfg.StateFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil //nolint:nilnil // the first start
	}
	if err != nil {
		return nil, fmt.Errorf("simulated lamps: %w", err)
	}
	var l lives
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("simulated lamps: %s cannot be read: %w: remove it to begin anew", f.cfg.StateFile, err)
	}
	if l.Seed != f.cfg.Seed {
		return nil, nil //nolint:nilnil // other lamps
	}
	return &l, nil
}

// restore gives every pole its life back. They do not boot again: it was we who
// were away, and what they say a second time must be the same. Lamps that the
// registry has got since begin theirs.
func (f *Fleet) restore(l *lives) {
	for _, p := range f.poles {
		if saved, known := l.Poles[p.lamp.ID]; known {
			p.life = saved
		} else {
			f.begin(p, l.At)
		}
	}
}
