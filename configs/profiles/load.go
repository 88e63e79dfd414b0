package profiles

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/profile"
)

//go:embed *.yaml
var shipped embed.FS

// Load reads the shipped profiles and those of a town's folder, "" for none. A
// town's file replaces the shipped profile of the same name; its devices.csv
// (device,lamp) names lamps by their device ids in all profiles. The town's come
// first. The error is configs.Problems, or what kept a file from being read.
func Load(folder string) ([]*profile.Profile, error) {
	files := map[string]source{}
	if err := gather(shipped, "", files); err != nil {
		return nil, err
	}
	var devices profile.Devices
	if folder != "" {
		root := os.DirFS(folder)
		if err := gather(root, folder, files); err != nil {
			return nil, fmt.Errorf("ingest.profiles %s: %w", folder, err)
		}
		var err error
		if devices, err = readDevices(root, folder); err != nil {
			return nil, err
		}
	}
	r := &resolver{files: files, done: map[string]*profile.Profile{}}
	var problems configs.Problems
	for name := range files {
		if _, err := r.profile(name, nil); err != nil {
			var ps configs.Problems
			if !errors.As(err, &ps) {
				return nil, err
			}
			problems = append(problems, ps...)
		}
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b configs.Problem) int {
			return strings.Compare(fmt.Sprintf("%s:%06d", a.File, a.Line), fmt.Sprintf("%s:%06d", b.File, b.Line))
		})
		return nil, slices.CompactFunc(problems, func(a, b configs.Problem) bool { return a == b })
	}
	var out []*profile.Profile
	for _, p := range r.done {
		out = append(out, p.WithDevices(devices))
	}
	slices.SortFunc(out, func(a, b *profile.Profile) int {
		if town := files[a.Name].town; town != files[b.Name].town {
			if town {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, nil
}

// ReadFile reads one profile, which may extend a shipped one or one in its folder.
func ReadFile(path string) (*profile.Profile, error) {
	files := map[string]source{}
	if err := gather(shipped, "", files); err != nil {
		return nil, err
	}
	folder, base := filepath.Split(path)
	if folder == "" {
		folder = "."
	}
	if err := gather(os.DirFS(folder), folder, files); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(base, filepath.Ext(base))
	files[name] = source{file: path, text: text, town: true}
	return (&resolver{files: files, done: map[string]*profile.Profile{}}).profile(name, nil)
}

// Source is the text of a profile's file, as `yingguang profile show` prints it.
func Source(folder, name string) (file string, text []byte, err error) {
	files := map[string]source{}
	if err := gather(shipped, "", files); err != nil {
		return "", nil, err
	}
	if folder != "" {
		if err := gather(os.DirFS(folder), folder, files); err != nil {
			return "", nil, err
		}
	}
	s, ok := files[name]
	if !ok {
		return "", nil, fmt.Errorf("没有配置档 %q is no profile: `yingguang profile list` lists them", name)
	}
	return s.file, s.text, nil
}

// source is one file.
type source struct {
	file string
	text []byte
	town bool
}

// gather adds the profiles of a folder by their names, which are the files'.
func gather(root fs.FS, folder string, into map[string]source) error {
	names, err := fs.Glob(root, "*.yaml")
	if err != nil {
		return err
	}
	if _, err := fs.Stat(root, "."); err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		into[strings.TrimSuffix(name, ".yaml")] = source{file: filepath.Join(folder, name), text: text, town: folder != ""}
	}
	return nil
}

// readDevices reads devices.csv, if there is one.
func readDevices(root fs.FS, folder string) (profile.Devices, error) {
	f, err := root.Open("devices.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	name := filepath.Join(folder, "devices.csv")
	return parseDevices(f, name)
}

func parseDevices(from io.Reader, name string) (profile.Devices, error) {
	lines := csv.NewReader(from)
	lines.FieldsPerRecord = 2
	lines.TrimLeadingSpace = true
	out := profile.Devices{}
	var problems configs.Problems
	for first := true; ; first = false {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line := 1
		if err == nil {
			line, _ = lines.FieldPos(0) // of a line that is no record it knows nothing, and panics
		}
		bad := func(text, hint string) {
			problems = append(problems, configs.Problem{File: name, Line: line, Column: 1, Text: text, Hint: hint})
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			line = broken.Line
			bad("这一行不是两列 the line has not two columns: "+broken.Err.Error(), "写成 write it like 70b3d57ed0000001,JP-0001")
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		id := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(record[0], "\ufeff")))
		if first && id == "device" {
			continue
		}
		lamp, err := device.ParseLampID(strings.TrimSpace(record[1]))
		switch {
		case id == "":
			bad("没有设备号 no device id", "")
		case err != nil:
			bad(err.Error(), "")
		case out[id] != "":
			bad(fmt.Sprintf("设备 %q 出现了两次 the device stands twice", id), "留下一行 keep one line")
		default:
			out[id] = lamp
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return out, nil
}
