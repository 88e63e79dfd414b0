package registry

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/yingguang/yingguang/configs/jiaping"
)

var update = flag.Bool("update", false, "write what the bad files give into them")

// Each file of testdata/bad is a mistake that people make, with the lines it must give.
func TestBadFiles(t *testing.T) {
	names, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" && *update })
			var files []File
			want := ""
			for _, f := range a.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				files = append(files, File{f.Name, bytes.NewReader(f.Data)})
			}
			db := openTest(t)
			report, err := db.Import(t.Context(), files, Options{})
			if !errors.Is(err, ErrBadLines) {
				t.Errorf("got %v; want ErrBadLines", err)
			}
			var got strings.Builder
			for _, b := range report.Bad {
				got.WriteString(b.Error() + "\n")
			}
			if *update {
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got.String())})
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got.String()); diff != "" {
				t.Error(diff)
			}
			if n := len(db.Lamps()) + len(db.People()); n != 0 {
				t.Errorf("%d lamps and people were imported", n)
			}
		})
	}
}

func TestOtherEncodings(t *testing.T) {
	gbk := []byte("person,name,role\nV-01,\xca\xbe\xc0\xfd,volunteer\n") // 示例
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"gbk":    {gbk, "people.csv:2: the file is in GBK"},
		"utf-16": {[]byte("\xff\xfep\x00e\x00"), "people.csv: the file is in UTF-16"},
		"xlsx":   {[]byte("PK\x03\x04rest"), "people.csv: this is a spreadsheet"},
		"latin":  {[]byte("person,name,role\nV-01,Ren\xe9,volunteer\n"), "people.csv:2: the file is not UTF-8"},
	} {
		report, err := openTest(t).Import(t.Context(), []File{{"people.csv", bytes.NewReader(c.data)}}, Options{})
		if !errors.Is(err, ErrBadLines) || len(report.Bad) != 1 || !strings.HasPrefix(report.Bad[0].Error(), c.want) ||
			!strings.Contains(report.Bad[0].Hint, "CSV UTF-8") {
			t.Errorf("%s: got %v, %v; want %q", name, report.Bad, err, c.want)
		}
	}
}

func sample(t testing.TB) []File {
	t.Helper()
	files, err := OpenFolder(jiaping.Files)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func importSample(t testing.TB, db *DB) {
	t.Helper()
	report, err := db.Import(t.Context(), sample(t), Options{})
	if err != nil {
		t.Fatal(err, report.Bad)
	}
}

func export(t *testing.T, db *DB) map[Kind]string {
	t.Helper()
	out := map[Kind]string{}
	for _, k := range Kinds {
		var b strings.Builder
		if err := db.Export(t.Context(), k, &b); err != nil {
			t.Fatal(err)
		}
		out[k] = b.String()
	}
	return out
}

// The sample comes back byte by byte, and importing it again changes nothing.
func TestRoundTrip(t *testing.T) {
	db := openTest(t)
	report, err := db.Import(t.Context(), sample(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []FileReport{{"lamps.csv", Lamps, 958, 0, 0, 0}, {"people.csv", People, 105, 0, 0, 0}, {"duty.csv", Duty, 1004, 0, 0, 0}}
	if diff := cmp.Diff(want, report.Files); diff != "" {
		t.Error(diff)
	}
	for kind, got := range export(t, db) {
		file, err := jiaping.Files.ReadFile(kind.FileName())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(file), got); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
	report, err = db.Import(t.Context(), sample(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Files {
		if f.New+f.Changed+f.Removed > 0 || f.Same == 0 {
			t.Errorf("a second import of the same: %+v", f)
		}
	}
}

func files(texts ...string) []File {
	var out []File
	for _, s := range texts {
		out = append(out, File{"file.csv", strings.NewReader(s)})
	}
	return out
}

const (
	twoLamps  = "lamp,stage,village,place,place_kind,lat,lon\nA,installed,甲村,甲院,courtyard,29,106\nB,installed,甲村,乙院,courtyard,29.5,106.5\n"
	twoPeople = "person,name,role,place\nR,示例·居民,resident,甲院\nV,示例·志愿,volunteer,\n"
	twoDuties = "place,person,rank\n甲院,V,1\n乙院,V,1\n"
)

// Any order of columns, a BOM, Windows line ends, spaces and lines of commas.
func TestSpreadsheetsHabits(t *testing.T) {
	plain, odd := openTest(t), openTest(t)
	if _, err := plain.Import(t.Context(), files(twoLamps, twoPeople, twoDuties), Options{}); err != nil {
		t.Fatal(err)
	}
	lamps := BOM + "LON,lat,place_kind,place,village,stage,lamp,\r\n106, 29 ,Courtyard,甲院,甲村,INSTALLED,A,\r\n,,,,,,,\r\n" +
		"106.5,29.500,courtyard,\"乙院\",甲村　,installed,B,\r\n"
	report, err := odd.Import(t.Context(), files(twoDuties, twoPeople, lamps), Options{})
	if err != nil {
		t.Fatal(err, report.Bad)
	}
	if diff := cmp.Diff(export(t, plain), export(t, odd)); diff != "" {
		t.Error(diff)
	}
}

func TestChangedRows(t *testing.T) {
	db := openTest(t)
	if _, err := db.Import(t.Context(), files(twoLamps, twoPeople, twoDuties), Options{}); err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(twoLamps, "A,installed", "A,retired", 1) + "C,proposed,乙村,丙院,public,29.6,106.6\n"
	report, err := db.Import(t.Context(), files(changed, "place,person,rank,until\n甲院,V,2,2027-01-01\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []FileReport{{"file.csv", Lamps, 1, 1, 1, 0}, {"file.csv", Duty, 0, 1, 0, 0}}
	if diff := cmp.Diff(want, report.Files); diff != "" {
		t.Error(diff)
	}
	if l, _ := db.Lamp("A"); l.Stage != "retired" {
		t.Errorf("the roster still has A as %s", l.Stage)
	}
	// The rota of a place is what its file says; other places keep theirs.
	report, err = db.Import(t.Context(), files(twoPeople+"W,示例·新,volunteer,\n", "place,person,rank\n甲院,W,1\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f := report.Files[1]; f.New != 1 || f.Removed != 1 {
		t.Errorf("rota: %+v; want one new and one removed", f)
	}
	if got, want := export(t, db)[Duty], "place,person,rank,from,until\n乙院,V,1,,\n甲院,W,1,,\n"; got != want {
		t.Errorf("rota\n%s\nwant\n%s", got, want)
	}
}

// A file that moves a place would silently move the lamps it does not name.
func TestPlaceOfOthersStays(t *testing.T) {
	db := openTest(t)
	if _, err := db.Import(t.Context(), files(twoLamps), Options{}); err != nil {
		t.Fatal(err)
	}
	moved := "lamp,stage,village,place,place_kind,lat,lon\nC,installed,乙村,甲院,courtyard,29.1,106.1\n"
	report, err := db.Import(t.Context(), files(moved), Options{})
	if !errors.Is(err, ErrBadLines) || len(report.Bad) != 1 || !strings.Contains(report.Bad[0].Reason, "for A, which this file does not name") {
		t.Errorf("got %v, %v", report.Bad, err)
	}
	// With the lamp named too it is a change like any other.
	if report, err := db.Import(t.Context(), files(moved+"A,installed,乙村,甲院,courtyard,29,106\n"), Options{}); err != nil {
		t.Error(err, report.Bad)
	}
}

func TestDryRunAndOnlyGood(t *testing.T) {
	db := openTest(t)
	lamps := strings.Replace(twoLamps, "B,installed", "B,done", 1)
	in := func(o Options) (Report, error) {
		return db.Import(t.Context(), files(lamps, twoPeople, twoDuties), o)
	}
	report, err := in(Options{DryRun: true})
	if !errors.Is(err, ErrBadLines) || len(report.Bad) != 1 || report.Imported || len(db.Lamps()) != 0 {
		t.Fatalf("dry run: %v, %+v", err, report)
	}
	report, err = in(Options{DryRun: true, OnlyGood: true})
	if err != nil || report.Imported || len(db.Lamps()) != 0 {
		t.Fatalf("dry run of the good ones: %v, %+v", err, report)
	}
	report, err = in(Options{OnlyGood: true})
	if err != nil || !report.Imported || len(db.Lamps()) != 1 || len(db.People()) != 2 {
		t.Fatalf("only good: %v, %+v", err, report)
	}
	// Without its lamp a place is not there, so its duty is not good either.
	if len(report.Bad) != 2 || report.Bad[1].Column != "place" || report.Files[2].New != 1 {
		t.Errorf("got %v, %+v", report.Bad, report.Files)
	}
}

func TestCheckChannel(t *testing.T) {
	people := "person,name,role,channels\nV,示例·志愿,volunteer,inbox ntfy://here\n"
	check := func(c string) error {
		if c == "ntfy://here" {
			return errors.New("no topic in it")
		}
		return nil
	}
	report, err := openTest(t).Import(t.Context(), files(people), Options{CheckChannel: check})
	if !errors.Is(err, ErrBadLines) || len(report.Bad) != 1 || report.Bad[0].Reason != "no topic in it" || report.Bad[0].Value != "" {
		t.Errorf("got %v, %v", report.Bad, err)
	}
}

func TestImportIsOneTransaction(t *testing.T) {
	db := openTest(t)
	if _, err := db.SQL().Exec(`CREATE TRIGGER full BEFORE INSERT ON duty BEGIN SELECT RAISE(ABORT, 'disk full'); END`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Import(t.Context(), files(twoLamps, twoPeople, twoDuties), Options{}); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Fatal(err)
	}
	var n int
	if err := db.Reads().QueryRow(`SELECT (SELECT count(*) FROM lamp) + (SELECT count(*) FROM person) + (SELECT count(*) FROM place)`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows were left, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Import(ctx, files(twoLamps), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want it to stop", err)
	}
}

func FuzzReadLamps(f *testing.F) {
	text, err := jiaping.Files.ReadFile("lamps.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text[:2000])
	f.Add([]byte(twoLamps))
	f.Add([]byte("lamp\n\"A\n"))
	f.Add([]byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, bad := readLamps("lamps.csv", data)
		var good []lampRow
		for _, r := range rows {
			if !r.bad {
				good = append(good, r.v)
			} else if len(bad) == 0 {
				t.Fatal("a bad row without a word about it")
			}
		}
		var b bytes.Buffer
		if err := writeTable(&b, lampColumns(), good); err != nil {
			t.Fatal(err)
		}
		again, bad := readLamps("lamps.csv", b.Bytes())
		if len(bad) > 0 || len(again) != len(good) {
			t.Fatalf("what was written cannot be read: %v", bad)
		}
		for i := range again {
			if again[i].v != good[i] {
				t.Fatalf("%+v came back as %+v", good[i], again[i].v)
			}
		}
	})
}

func BenchmarkImportSample(b *testing.B) {
	for b.Loop() {
		db, err := Open(b.Context(), filepath.Join(b.TempDir(), "r.db"))
		if err != nil {
			b.Fatal(err)
		}
		importSample(b, db)
		db.Close()
	}
}
