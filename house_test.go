// Package house_test holds the habits that every room keeps: who may import whom,
// how packages are named and described, how long a file may be. It reads the
// tree with go/parser alone.
package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/yingguang/yingguang"

// mayImport is the direction of imports: each room's rooms, never the other way. A
// room that is missing here fails the test, so that a new one is thought about.
var mayImport = map[string][]string{
	"clock":                    {},
	"device":                   {},
	"device/night":             {"device"},
	"device/payload":           {"device"},
	"device/profile":           {"device", "device/payload"},
	"device/cost":              {"device", "device/payload"},
	"journal":                  {"device", "clock"},
	"alerts":                   {"journal", "device", "device/night", "clock"},
	"alerts/notify":            {"alerts", "device", "clock"},
	"alerts/ruletest":          {"alerts", "device", "device/night", "device/payload"},
	"alerts/backtest":          {"alerts", "device", "device/payload"},
	"alerts/score":             {"alerts", "device", "device/night"},
	"ledger":                   {"journal", "device", "clock"},
	"registry":                 {"alerts", "alerts/notify", "journal", "device", "device/night", "clock"},
	"ingest":                   {"ingest/certs", "journal", "device", "device/payload", "device/profile", "clock"},
	"ingest/push":              {"ingest", "device/profile", "clock"},
	"ingest/broker":            {"ingest/gate", "clock"},
	"ingest/certs":             {},
	"ingest/certs/certtest":    {},                  // certificates for tests
	"ingest/gate":              {"device", "clock"}, // speaks MQTT with lamps, knows nothing of registry and NATS
	"series":                   {"journal", "device", "device/payload", "clock"},
	"series/influxd":           {"clock"},
	"web":                      {"registry", "series", "ledger", "alerts", "journal", "device", "device/night", "clock"},
	"web/uitest":               {"web", "registry", "series", "ledger", "alerts", "journal", "device", "device/night", "clock", "configs/jiaping"}, // a server for the pages' own tests
	"simulator":                {"device", "device/night", "device/payload", "clock"},                                                              // of ingest nothing: it is a lamp
	"simulator/load":           {"simulator", "device", "device/payload", "clock"},
	"configs":                  {"device"},
	"configs/jiaping":          {},
	"configs/profiles":         {"configs", "device", "device/profile"},
	"configs/jiaping/generate": {},
	"app/admin":                {},
	"app": {
		"app/admin", "web", "ingest", "ingest/broker", "ingest/certs", "ingest/gate", "series", "series/influxd", "ledger", "registry", "alerts", "alerts/notify",
		"journal", "simulator", "configs", "configs/jiaping", "device", "device/night", "device/payload", "clock",
		"configs/profiles", "device/profile", "ingest/push",
	},
	"cmd/yingguang": {
		"configs/profiles", "device/cost", "device/profile",
		"app", "app/admin", "configs", "configs/jiaping", "simulator", "simulator/load", "alerts", "alerts/backtest", "alerts/ruletest", "alerts/score", "ledger", "registry", "journal", "device", "device/payload", "clock",
	},
}

// pure are the only libraries of the vocabulary: small, without state or network.
var pure = map[string]string{
	"github.com/cespare/xxhash/v2":  "the content hash of a reading",
	"github.com/fxamacker/cbor/v2":  "CBOR payloads",
	"github.com/hablullah/go-sampa": "where the sun stands",
}

// file is one parsed Go file of this module.
type file struct {
	room, name string // alerts, alerts/engine.go
	lines      int
	ast        *ast.File
}

func (f *file) test() bool { return strings.HasSuffix(f.name, "_test.go") }

// tree parses every Go file of the module.
func tree(t *testing.T) []*file {
	t.Helper()
	var files []*file
	root := os.DirFS(".")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "testdata", "bin", "data"}, d.Name())) {
				return fs.SkipDir
			}
			if _, err := fs.Stat(root, path.Join(name, "go.mod")); err == nil && name != "." {
				return fs.SkipDir // a module of its own
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, &file{path.Dir(name), name, strings.Count(string(text), "\n"), parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files: the test looks in the wrong folder", len(files))
	}
	return files
}

func imports(f *file) []string {
	var out []string
	for _, spec := range f.ast.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has seen to it
		}
		out = append(out, p)
	}
	return out
}

func TestImportDirections(t *testing.T) {
	rooms := map[string]bool{}
	for _, f := range tree(t) {
		rooms[f.room] = true
		if f.test() || strings.HasPrefix(f.room, "tools/") {
			continue // a test sets up the rooms around its own, a tool tries them all
		}
		allowed, known := mayImport[f.room]
		if !known {
			t.Errorf("%s: room %s is not in mayImport: say there what it may import", f.name, f.room)
			continue
		}
		for _, p := range imports(f) {
			room, ours := strings.CutPrefix(p, module+"/")
			if ours && room != f.room && !slices.Contains(allowed, room) {
				t.Errorf("%s imports %s, which its room may not: %s may import %v", f.name, room, f.room, allowed)
			}
			if first, _, _ := strings.Cut(p, "/"); !ours && strings.Contains(first, ".") && inVocabulary(f.room) && pure[p] == "" {
				t.Errorf("%s imports %s: the vocabulary needs the standard library and %d small pure libraries only", f.name, p, len(pure))
			}
		}
	}
	for room := range mayImport {
		if !rooms[room] {
			t.Errorf("mayImport names %s, which is not there", room)
		}
	}
}

func inVocabulary(room string) bool {
	return room == "device" || strings.HasPrefix(room, "device/") || room == "clock"
}

// TestNothingOfTheSimulatorInIngest: the simulator must prove the real way in, so
// neither may know the other, in tests too.
func TestNothingOfTheSimulatorInIngest(t *testing.T) {
	for _, f := range tree(t) {
		for _, p := range imports(f) {
			if room, _ := strings.CutPrefix(p, module+"/"); strings.HasPrefix(f.room, "simulator") && strings.HasPrefix(room, "ingest") ||
				strings.HasPrefix(f.room, "ingest") && strings.HasPrefix(room, "simulator") {
				t.Errorf("%s imports %s", f.name, room)
			}
		}
	}
}

func TestPackages(t *testing.T) {
	described := map[string]bool{}
	for _, f := range tree(t) {
		if f.test() {
			continue
		}
		if doc := f.ast.Doc.Text(); len(strings.Fields(doc)) >= 10 {
			described[f.room] = true
		} else if !described[f.room] {
			described[f.room] = false
		}
		for part := range strings.SplitSeq(f.room, "/") {
			if slices.Contains([]string{"util", "utils", "common", "helpers", "models", "services", "internal", "pkg", "misc"}, part) {
				t.Errorf("%s: a folder is named by what it is for, not %q", f.name, part)
			}
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: has an init function; what must be set up is set up where it is used", f.name)
			}
		}
	}
	for room, ok := range described {
		if !ok {
			t.Errorf("%s: no package comment that says what it is for and promises", room)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	const most = 400
	for _, f := range tree(t) {
		if !f.test() && f.lines > most {
			t.Errorf("%s has %d lines, more than %d: a file is one subject", f.name, f.lines, most)
		}
	}
}

// TestNoPackageState: a package-level variable may hold a table or an error, but
// nothing may change it: two systems in one process must not meet.
func TestNoPackageState(t *testing.T) {
	files := tree(t)
	variables := map[string]map[string]bool{} // by room
	for _, f := range files {
		if f.test() {
			continue
		}
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if kind := stateful(v); kind != "" {
					t.Errorf("%s: package-level %s is a %s", f.name, v.Names[0].Name, kind)
				}
				if variables[f.room] == nil {
					variables[f.room] = map[string]bool{}
				}
				for _, name := range v.Names {
					variables[f.room][name.Name] = name.Name != "_"
				}
			}
		}
	}
	for _, f := range files {
		if f.test() {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				for _, name := range changed(fn, variables[f.room]) {
					t.Errorf("%s: %s changes the package-level %s", f.name, fn.Name.Name, name)
				}
			}
		}
	}
}

// stateful names what v is if its type alone says that it is there to change.
func stateful(v *ast.ValueSpec) string {
	types := append([]ast.Expr{v.Type}, v.Values...)
	for _, e := range types {
		switch e := e.(type) {
		case *ast.ChanType:
			return "channel"
		case *ast.CallExpr:
			if id, ok := e.Fun.(*ast.Ident); ok && id.Name == "make" {
				return "container made to be filled"
			}
		case *ast.CompositeLit:
			if s := selector(e.Type); strings.HasPrefix(s, "sync.") || strings.HasPrefix(s, "atomic.") {
				return s
			}
		default:
			if s := selector(e); strings.HasPrefix(s, "sync.") || strings.HasPrefix(s, "atomic.") {
				return s
			}
		}
	}
	return ""
}

func selector(e ast.Expr) string {
	if i, ok := e.(*ast.IndexExpr); ok {
		e = i.X
	}
	if s, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}

// changed lists the variables that fn assigns to, their elements included. Names that
// fn declares itself hide them.
func changed(fn *ast.FuncDecl, variables map[string]bool) []string {
	own := map[string]bool{}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, e := range n.Lhs {
					if id, ok := e.(*ast.Ident); ok {
						own[id.Name] = true
					}
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if id, ok := e.(*ast.Ident); ok {
					own[id.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				own[id.Name] = true
			}
		case *ast.Field:
			for _, id := range n.Names {
				own[id.Name] = true
			}
		}
		return true
	})
	var out []string
	note := func(e ast.Expr) {
		if id := root(e); id != nil && variables[id.Name] && !own[id.Name] {
			out = append(out, id.Name)
		}
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					note(e)
				}
			}
		case *ast.IncDecStmt:
			note(n.X)
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") && len(n.Args) > 0 {
				note(n.Args[0])
			}
		}
		return true
	})
	return out
}

// root is x of x, x.f, x[i] and *x.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
