package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// Config says whom to put under load, and how.
type Config struct {
	URL         string // tcp:// or tls://
	Username    string
	Password    string
	TLS         *tls.Config
	Prefix      string
	Code        string        // lamps are called Code and a number, such as LT-00001
	Interval    time.Duration // how often a lamp reports
	Phases      []Phase
	Connections int // shared by the lamps; 0 gives each its own, as in life
	Share       int // this is process Share
	Shares      int // of so many, each with its part of the lamps; 0 reads as one
	Begin       time.Time
	Clock       clock.Clock
	Probe       *Probe // asks when a reading can be queried; nil does not
	// Second is told of each second, for live progress; nil for silence.
	Second func(Second)

	lastAcks      time.Duration     // for what is on its way in the end; 0 reads as 10 s
	reconnectWait time.Duration     // before the first attempt to connect again; 0 reads as 200 ms
	enough        func(Second) bool // ends the phases early; nil never does
}

func (c *Config) firstWait() time.Duration {
	if c.reconnectWait > 0 {
		return c.reconnectWait
	}
	return 200 * time.Millisecond
}

// lampCode is the code of the n-th lamp of all processes.
func (c *Config) lampCode(n int) device.LampID {
	return device.LampID(fmt.Sprintf("%s%05d", c.Code, n+1))
}

func (c *Config) check() error {
	if c.Clock == nil {
		c.Clock = clock.Real{}
	}
	if c.Shares == 0 {
		c.Shares = 1
	}
	if c.lastAcks == 0 {
		c.lastAcks = 10 * time.Second
	}
	if c.Begin.IsZero() {
		c.Begin = c.Clock.Now()
	}
	if _, _, err := parseURL(c.URL); err != nil {
		return err
	}
	switch {
	case len(c.Phases) == 0:
		return errors.New("load test: it has no phase")
	case c.Interval < 10*time.Millisecond:
		return fmt.Errorf("load test: an interval of %v: want 10 ms or more", c.Interval)
	case c.Share < 0 || c.Share >= c.Shares:
		return fmt.Errorf("load test: process %d of %d", c.Share, c.Shares)
	case !device.ValidCode(string(c.lampCode(most(c.Phases)))):
		return fmt.Errorf("load test: lamps called %s: want at most 25 of A-Z a-z 0-9 - _", c.Code)
	}
	return nil
}

// mine is how many of so many lamps are this process's: every Shares-th.
func (c *Config) mine(lamps int) int {
	return (lamps - c.Share + c.Shares - 1) / c.Shares
}
