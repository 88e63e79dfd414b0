package registry

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Kind is one of the files of the registry.
type Kind string

// The files.
const (
	Lamps  Kind = "lamps"
	People Kind = "people"
	Duty   Kind = "duty"
)

// Kinds lists the files in the order in which they build on each other.
var Kinds = []Kind{Lamps, People, Duty}

// FileName is the usual name of a file of this kind, such as lamps.csv.
func (k Kind) FileName() string { return string(k) + ".csv" }

// File is one file to import. Which kind it is shows in its header, whatever its name.
type File struct {
	Name string // for messages
	Data io.Reader
}

// Options say how Import goes about it.
type Options struct {
	DryRun   bool // check and count, write nothing
	OnlyGood bool // leave the bad lines out and import the others
	// CheckChannel, if set, says what is wrong with a channel other than inbox.
	// Its words are shown, so they must not repeat a secret.
	CheckChannel func(string) error
}

// Report says what Import did, or in a dry run what it would do.
type Report struct {
	Files    []FileReport
	Bad      []LineError // in the order of the files and lines
	Imported bool        // something may have been written
}

// FileReport counts the good lines of one file.
type FileReport struct {
	File    string
	Kind    Kind
	New     int
	Changed int
	Same    int
	Removed int // from the rota, since its file does not name them any more
}

// ErrBadLines is returned by Import when there are bad lines and they are not to be left out.
var ErrBadLines = errors.New("nothing imported: there are bad lines")

// OpenFolder reads those of lamps.csv, people.csv and duty.csv that stand in a
// folder, or gives an error if none does.
func OpenFolder(folder fs.FS) ([]File, error) {
	var files []File
	for _, k := range Kinds {
		data, err := fs.ReadFile(folder, k.FileName())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, File{k.FileName(), strings.NewReader(string(data))})
	}
	if len(files) == 0 {
		return nil, errors.New("no lamps.csv, people.csv or duty.csv in this folder")
	}
	return files, nil
}

// Import takes any of the three files. Lamps and people that a file does not
// name stay as they are (retire a lamp by its stage); a duty file replaces the
// rota of each place that it names. With bad lines it writes nothing and returns
// ErrBadLines beside the report, unless OnlyGood. All is one transaction.
func (db *DB) Import(ctx context.Context, files []File, o Options) (Report, error) {
	read, bad, err := sortFiles(files)
	if err != nil {
		return Report{}, err
	}
	if len(bad) > 0 {
		return Report{Bad: bad}, ErrBadLines
	}
	var report Report
	err = db.update(ctx, func(tx *sql.Tx) error {
		have, err := load(ctx, tx)
		if err != nil {
			return err
		}
		p := planOf(have, read, o)
		report = p.report
		if len(report.Bad) > 0 && !o.OnlyGood {
			return ErrBadLines
		}
		if o.DryRun {
			return errDryRun
		}
		report.Imported = true
		return p.write(ctx, tx)
	})
	switch {
	case errors.Is(err, errDryRun):
		return report, nil
	case errors.Is(err, ErrBadLines):
		return report, err
	case err != nil:
		return Report{}, fmt.Errorf("import: %w", err)
	}
	return report, db.changed(ctx)
}

var errDryRun = errors.New("dry run") // rolls the transaction back

type fileData struct {
	name string
	data []byte
}

// sortFiles reads the files and tells their kinds by their headers.
func sortFiles(files []File) (map[Kind]fileData, []LineError, error) {
	out := map[Kind]fileData{}
	var bad []LineError
	for _, f := range files {
		data, err := io.ReadAll(f.Data)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		text, problem := plainUTF8(f.Name, data)
		if problem != nil {
			bad = append(bad, *problem)
			continue
		}
		kind, ok := kindOf(text)
		if len(bytes.TrimSpace(text)) == 0 {
			bad = append(bad, wrong("the file is empty", "export gives one to begin with", "文件是空的").at(f.Name, 0, "", ""))
			continue
		}
		if !ok {
			bad = append(bad, wrong("its first line does not say what it is", "lamps.csv has a column lamp, people.csv person and name, duty.csv place, person and rank",
				"看不出是哪种表：第一行应有 lamp、person 和 name，或 place、person 和 rank").at(f.Name, 1, "", ""))
			continue
		}
		if first, twice := out[kind]; twice {
			bad = append(bad, wrong(fmt.Sprintf("%s is a file of %s too", first.name, kind), "import one after the other", "同类的表给了两份").at(f.Name, 0, "", ""))
			continue
		}
		out[kind] = fileData{f.Name, text}
	}
	return out, bad, nil
}

func kindOf(text []byte) (Kind, bool) {
	first, _, _ := strings.Cut(string(text), "\n")
	names := strings.FieldsFunc(strings.ToLower(first), func(r rune) bool { return strings.ContainsRune(",;\t\r \"", r) })
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case has("lamp"):
		return Lamps, true
	case has("rank"), has("person") && has("place") && has("from"):
		return Duty, true
	case has("person"), has("name") && has("role"):
		return People, true
	}
	return "", false
}
