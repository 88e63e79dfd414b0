package device

import (
	"fmt"
	"strings"
)

// LampID names one pole by its code, such as JP-0001.
type LampID string

// GatewayID names one radio gateway by its code.
type GatewayID string

// PlaceID names a courtyard or a public place.
type PlaceID string

// PersonID names a resident, volunteer, officer or supplier.
type PersonID string

// Village is the name of a village, such as 大垭村.
type Village string

// MaxCodeLen is the longest lamp or gateway code, in bytes.
const MaxCodeLen = 32

// ParseLampID accepts 1 to 32 of A-Z a-z 0-9 - _; its error quotes the code.
func ParseLampID(s string) (LampID, error) {
	if err := checkCode("lamp", s); err != nil {
		return "", err
	}
	return LampID(s), nil
}

// ParseGatewayID accepts 1 to 32 of A-Z a-z 0-9 - _; its error quotes the code.
func ParseGatewayID(s string) (GatewayID, error) {
	if err := checkCode("gateway", s); err != nil {
		return "", err
	}
	return GatewayID(s), nil
}

// ValidCode says whether s may stand as a lamp or gateway code in topics and files.
func ValidCode(s string) bool {
	if len(s) == 0 || len(s) > MaxCodeLen {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

func checkCode(kind, s string) error {
	if ValidCode(s) {
		return nil
	}
	if len(s) > 2*MaxCodeLen {
		s = strings.ToValidUTF8(s[:2*MaxCodeLen], "?") + "…"
	}
	return fmt.Errorf("%s code %q: want 1 to %d of A-Z a-z 0-9 - _", kind, s, MaxCodeLen)
}

// Subject is what an alert or a ticket is about, in the form kind:code,
// such as lamp:JP-0001, gateway:GW-01, place:DY-012, village:大垭村, town:jiaping.
type Subject string

// The kinds of subject.
const (
	KindLamp    = "lamp"
	KindGateway = "gateway"
	KindPlace   = "place"
	KindVillage = "village"
	KindTown    = "town"
)

// LampSubject is the subject of one lamp.
func LampSubject(id LampID) Subject { return Subject(KindLamp + ":" + string(id)) }

// GatewaySubject is the subject of one gateway.
func GatewaySubject(id GatewayID) Subject { return Subject(KindGateway + ":" + string(id)) }

// Kind is the part before the colon, Code the part after it.
func (s Subject) Kind() string { k, _, _ := strings.Cut(string(s), ":"); return k }

// Code is the part of the subject after the first colon.
func (s Subject) Code() string { _, c, _ := strings.Cut(string(s), ":"); return c }
