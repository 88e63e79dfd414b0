package registry

import "time"

// Option changes how a registry is opened or a file is read.
type Option func(*settings)

type settings struct{ zone *time.Location }

// InZone sets the zone in which days of the files begin; Asia/Shanghai where it is not given.
func InZone(zone *time.Location) Option { return func(s *settings) { s.zone = zone } }

func settingsOf(options []Option) settings {
	var s settings
	for _, o := range options {
		o(&s)
	}
	if s.zone == nil {
		s.zone = townZone()
	}
	return s
}

// townZone is Asia/Shanghai, which has kept 8 hours ahead since 1991, also on a
// machine without zone files.
func townZone() *time.Location {
	if zone, err := time.LoadLocation("Asia/Shanghai"); err == nil {
		return zone
	}
	return time.FixedZone("Asia/Shanghai", 8*60*60)
}
