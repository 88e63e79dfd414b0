package house_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/configs"
)

var update = flag.Bool("update", false, "write the lists of docs/operating.md anew")

const operating = "docs/operating.md"

// TestOperatingPage holds the page's lists of settings and metrics against the code.
func TestOperatingPage(t *testing.T) {
	text, err := os.ReadFile(operating)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for name, want := range map[string]string{"settings": settingsTable(t), "metrics": metricsTable(t)} {
		begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
		before, rest, ok := strings.Cut(page, begin)
		have, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s: no marks for %s", operating, name)
		}
		if diff := cmp.Diff(want, have); diff != "" && !*update {
			t.Errorf("%s: the %s differ (go test . -run Operating -update writes them):\n%s", operating, name, diff)
		}
		page = before + begin + want + end + after
	}
	if *update {
		if err := os.WriteFile(operating, []byte(page), 0o644); err != nil { //nolint:gosec // a page of the repository
			t.Fatal(err)
		}
	}
}

func settingsTable(t *testing.T) string {
	var list bytes.Buffer
	if err := configs.Describe(&list); err != nil {
		t.Fatal(err)
	}
	out := "\n| setting | default | meaning |\n|---|---|---|\n"
	columns := regexp.MustCompile(`^(\S+)(?: {2,}(.*))?$`)
	for line := range strings.Lines(list.String()) {
		m := columns.FindStringSubmatch(strings.TrimRight(line, " \n"))
		if m == nil {
			t.Fatalf("a line of the settings cannot be read: %q", line)
		}
		value, doc := "", m[2]
		// The default is missing where the meaning begins in its column.
		if head, tail, ok := strings.Cut(m[2], "  "); ok && strings.Index(line, head)-len(m[1]) < 40 {
			value, doc = head, strings.TrimSpace(tail)
		}
		out += fmt.Sprintf("| `%s` | %s | %s |\n", m[1], value, doc)
	}
	return out + "\n"
}

// metricsTable lists name and help of every metric that the source declares.
func metricsTable(t *testing.T) string {
	found := map[string]string{}
	for _, f := range tree(t) {
		if f.test() || f.room == "simulator" { // the demo's
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				var name, help string
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						switch key, _ := kv.Key.(*ast.Ident); {
						case key == nil:
						case key.Name == "Name":
							name = literal(kv.Value)
						case key.Name == "Help":
							help = literal(kv.Value)
						}
					}
				}
				if strings.HasPrefix(name, "yingguang_") && !strings.HasSuffix(name, "_") {
					found[name] = help
				}
			case *ast.CallExpr:
				if len(n.Args) < 2 {
					break
				}
				if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "counter" && f.room == "ingest" {
					found["yingguang_ingest_"+literal(n.Args[0])] = literal(n.Args[1])
				}
				if name := literal(n.Args[0]); selector(n.Fun) == "prometheus.NewDesc" && strings.HasPrefix(name, "yingguang_") {
					found[name] = literal(n.Args[1])
				}
			}
			return true
		})
	}
	if len(found) < 30 {
		t.Fatalf("only %d metrics found", len(found))
	}
	out := "\n| metric | meaning |\n|---|---|\n"
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if found[name] == "" {
			t.Errorf("%s has no help", name)
		}
		out += fmt.Sprintf("| `%s` | %s |\n", name, found[name])
	}
	return out + "\n"
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}
