package device

import (
	"strings"
	"testing"
)

func TestCodes(t *testing.T) {
	for code, ok := range map[string]bool{
		"JP-0001": true, "a": true, "A_b-9": true, strings.Repeat("x", 32): true,
		"": false, strings.Repeat("x", 33): false, "JP 1": false, "JP/1": false, "JP+": false, "#": false,
		"灯": false, "JP-0001\x00": false, "a\n": false, "../etc": false,
	} {
		if ValidCode(code) != ok {
			t.Errorf("ValidCode(%q) is %v", code, !ok)
		}
		lamp, err := ParseLampID(code)
		if (err == nil) != ok || ok && string(lamp) != code {
			t.Errorf("ParseLampID(%q) gives %q, %v", code, lamp, err)
		}
		gateway, err := ParseGatewayID(code)
		if (err == nil) != ok || ok && string(gateway) != code {
			t.Errorf("ParseGatewayID(%q) gives %q, %v", code, gateway, err)
		}
	}
}

func TestCodeErrorsQuoteTheCode(t *testing.T) {
	_, err := ParseLampID("JP 1")
	if want := `lamp code "JP 1": want 1 to 32 of A-Z a-z 0-9 - _`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = ParseGatewayID(strings.Repeat("灯", 1000))
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("the error of a long code is %d bytes long", len(err.Error()))
	}
}

func TestSubjects(t *testing.T) {
	for _, c := range []struct {
		subject    Subject
		kind, code string
	}{
		{LampSubject("JP-0001"), KindLamp, "JP-0001"},
		{GatewaySubject("GW-01"), KindGateway, "GW-01"},
		{"village:大垭村", KindVillage, "大垭村"},
		{"place:a:b", KindPlace, "a:b"},
		{"town", KindTown, ""},
	} {
		if c.subject.Kind() != c.kind || c.subject.Code() != c.code {
			t.Errorf("%s reads as %q %q", c.subject, c.subject.Kind(), c.subject.Code())
		}
	}
}
