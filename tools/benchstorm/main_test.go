package main

import (
	"strings"
	"testing"
)

// A program may trust the exit code: each limit that is not kept is named.
func TestMissed(t *testing.T) {
	good := result{Lamps: 1000, Storm: 9.9, StormTLS: 10, Idle: 15_000, EachKB: 69}
	if list := good.missed(); len(list) > 0 {
		t.Errorf("limits that are kept are missed: %q", list)
	}
	for want, change := range map[string]func(*result){
		"1000 lamps settled in 10.1 s":          func(r *result) { r.Storm = 10.1 },
		"1000 lamps with TLS settled in 12.0 s": func(r *result) { r.StormTLS = 12 },
		"3 of 15000 idle connections":           func(r *result) { r.Failed = 3 },
		"an idle connection takes 80.0 KB":      func(r *result) { r.EachKB = 80 },
	} {
		bad := good
		change(&bad)
		if list := bad.missed(); len(list) != 1 || !strings.HasPrefix(list[0], want) {
			t.Errorf("got %q, want %q", list, want)
		}
	}
}
