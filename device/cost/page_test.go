package cost

import (
	"crypto/tls"
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the tables of docs/ingest.md anew")

const page = "../../docs/ingest.md"

// The page's figures are those that `yingguang profile cost` gives, to a twentieth: signatures
// differ in length by a byte or two from run to run.
func TestPageOfCosts(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- cost -->\n", "<!-- /cost -->"
	before, rest, ok := strings.Cut(string(text), begin)
	have, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no marks for the costs", page)
	}
	want := tables(t)
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	number := regexp.MustCompile(`[0-9][0-9,.]*`)
	if a, b := number.ReplaceAllString(have, "0"), number.ReplaceAllString(want, "0"); a != b {
		t.Fatalf("the tables have another form (go test ./device/cost -update writes them):\n%s", want)
	}
	wants := number.FindAllString(want, -1)
	for i, text := range number.FindAllString(have, -1) {
		a, _ := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
		b, _ := strconv.ParseFloat(strings.ReplaceAll(wants[i], ",", ""), 64)
		if math.Abs(a-b) > 0.05*b+0.1 {
			t.Errorf("the page says %s where %s is reckoned (go test ./device/cost -update)", text, wants[i])
		}
	}
}

func tables(t *testing.T) string {
	h := measured(t)
	columns := Columns(Security{TLS: tls.VersionTLS13}, 15*time.Minute)
	var out strings.Builder
	out.WriteString("\n| every 10 minutes | bytes | readings")
	for _, c := range columns {
		fmt.Fprintf(&out, " | %s %s", c.English, c.Chinese)
	}
	out.WriteString(" |\n|---|---|---|---|---|---|---|\n")
	list, err := Formats(10 * time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		fmt.Fprintf(&out, "| %s | %d | %d", m.Name, m.Payload, m.Readings)
		for _, c := range columns {
			fmt.Fprintf(&out, " | %s MB", Megabytes(PerMonth(m, 10*time.Minute, c.Link, h)))
		}
		out.WriteString(" |\n")
	}

	intervals := []time.Duration{time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}
	out.WriteString("\n| kept, TLS 长连接 | 1 min | 5 min | 10 min | 30 min | 60 min |\n|---|---|---|---|---|---|\n")
	for row := range list {
		fmt.Fprintf(&out, "| %s", list[row].Name)
		for _, i := range intervals {
			of, err := Formats(i)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, " | %s MB", Megabytes(PerMonth(of[row], i, columns[1].Link, h)))
		}
		out.WriteString(" |\n")
	}

	out.WriteString("\n| handshake, bytes on the air | full, ECDSA | full, RSA | resumed |\n|---|---|---|---|\n")
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		fmt.Fprintf(&out, "| %s | %d | %d | %d |\n", tls.VersionName(v), h[Security{TLS: v}], h[Security{TLS: v, RSA: true}], h[Security{TLS: v, Resume: true}])
	}
	out.WriteString("\n")
	return out.String()
}
