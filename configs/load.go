package configs

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// EnvPrefix begins every environment variable that is a setting.
const EnvPrefix = "YINGGUANG_"

// Source says where settings come from, each above the one before it: the
// defaults, File, Environ, Set.
type Source struct {
	File    string            // YAML; empty for none
	Environ []string          // as os.Environ gives it
	Set     map[string]string // dotted key to text, from flags
}

// loader carries what one Load has found so far.
type loader struct {
	source   Source
	viper    *viper.Viper
	file     *file
	env      map[string]string // dotted key to variable name
	problems Problems
}

// Load reads and checks the settings. Its error is Problems, every mistake in
// it, or what kept the file from being read.
func Load(src Source) (*Config, error) { return loadFrom(src, os.ReadFile) }

// loadFrom is Load with another way to read src.File.
func loadFrom(src Source, read func(string) ([]byte, error)) (*Config, error) {
	l := &loader{source: src, viper: viper.New(), env: map[string]string{}}
	leaves := leavesOf(reflect.ValueOf(Default()), "")
	for key, value := range leaves {
		l.viper.SetDefault(key, value.Interface())
	}
	if src.File != "" {
		if err := l.readFile(leaves, read); err != nil {
			return nil, err
		}
	}
	l.readEnviron(leaves)
	l.readSet(leaves)

	c := Default()
	c.sourceFile = src.File
	l.decode(&c)
	if len(l.problems) == 0 {
		l.readSecretFiles(&c)
		for _, m := range c.check() {
			l.add(m.key, m.text, m.hint)
		}
	}
	if len(l.problems) > 0 {
		sort.SliceStable(l.problems, func(i, j int) bool { return l.problems[i].Line < l.problems[j].Line })
		return nil, l.problems
	}
	return &c, nil
}

func (l *loader) readFile(leaves map[string]reflect.Value, read func(string) ([]byte, error)) error {
	text, err := read(l.source.File)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("settings file %s does not exist: name another with -c, or leave -c out for the demo", l.source.File)
		}
		return fmt.Errorf("read settings: %w", err)
	}
	f, problems := parseFile(l.source.File, text, leaves)
	l.file, l.problems = f, append(l.problems, problems...)
	for key, node := range f.leaves {
		var value any
		if err := node.value.Decode(&value); err != nil {
			l.problems = append(l.problems, f.at(node.value, key, err.Error(), ""))
			continue
		}
		if value == nil {
			continue // "key:" with nothing behind it leaves the default
		}
		if err := l.viper.MergeConfigMap(nested(key, value)); err != nil {
			return fmt.Errorf("settings %s: %w", key, err)
		}
	}
	return nil
}

// nested turns a.b = v into {a: {b: v}}.
func nested(key string, value any) map[string]any {
	parts := strings.Split(key, ".")
	for i := len(parts) - 1; i > 0; i-- {
		value = map[string]any{parts[i]: value}
	}
	return map[string]any{parts[0]: value}
}

func (l *loader) readEnviron(leaves map[string]reflect.Value) {
	names := make(map[string]string, len(leaves))
	for key := range leaves {
		names[EnvName(key)] = key
	}
	channels := EnvName(channelsKey) + "_"
	for _, pair := range l.source.Environ {
		name, value, _ := strings.Cut(pair, "=")
		key, known := names[name]
		if !known && strings.HasPrefix(name, channels) {
			key, known = channelsKey+"."+strings.ToLower(strings.TrimPrefix(name, channels)), true
		}
		switch {
		case known:
			l.env[key] = name
			l.set(key, value)
		case strings.HasPrefix(name, EnvPrefix):
			p := Problem{File: "environment", Text: name + " is not a setting"}
			if near := nearest(name, keysOf(names)); near != "" {
				p.Hint = "did you mean " + near + "? 是不是想写 " + near
			} else {
				p.Hint = "unset it; `yingguang check --settings` lists all settings"
			}
			l.problems = append(l.problems, p)
		}
	}
}

func (l *loader) readSet(leaves map[string]reflect.Value) {
	for key, value := range l.source.Set {
		if _, known := leaves[key]; !known && !strings.HasPrefix(key, channelsKey+".") {
			l.problems = append(l.problems, Problem{
				File: "flag", Key: key, Text: "is not a setting", Hint: suggestion(key, keysOf(leaves)),
			})
			continue
		}
		l.set(key, value)
	}
}

// set puts a value above the file's. Channels are merged one by one: viper hides
// a whole map behind one child that is set.
func (l *loader) set(key, value string) {
	if strings.HasPrefix(key, channelsKey+".") {
		// Its error is for maps with two kinds of key, which this is not.
		_ = l.viper.MergeConfigMap(nested(key, value))
		return
	}
	l.viper.Set(key, value)
}

// decode fills c key by key, so that a value of the wrong kind is told by its place.
func (l *loader) decode(c *Config) {
	leaves := leavesOf(reflect.ValueOf(c).Elem(), "")
	for _, key := range keysOf(leaves) {
		target := reflect.New(leaves[key].Type())
		decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
			Result: target.Interface(), WeaklyTypedInput: true,
			DecodeHook: mapstructure.ComposeDecodeHookFunc(
				mapstructure.StringToTimeDurationHookFunc(),
				mapstructure.StringToSliceHookFunc(","),
				mapstructure.TextUnmarshallerHookFunc(),
			),
		})
		if err == nil {
			err = decoder.Decode(l.viper.Get(key))
		}
		if err != nil {
			l.add(key, fmt.Sprintf("%s does not read as %s", l.shown(key), kindWord(leaves[key])), hintFor(leaves[key]))
			continue
		}
		leaves[key].Set(target.Elem())
	}
}

func (l *loader) shown(key string) string {
	if strings.Contains(key, "password") || strings.Contains(key, "token") || strings.HasPrefix(key, channelsKey) {
		return "the value"
	}
	return fmt.Sprintf("%q", fmt.Sprint(l.viper.Get(key)))
}

func (l *loader) readSecretFiles(c *Config) {
	for _, s := range []struct {
		key, path string
		into      *Secret
	}{
		{"mqtt.password_file", c.MQTT.PasswordFile, &c.MQTT.Password},
		{"influxdb.token_file", c.InfluxDB.TokenFile, &c.InfluxDB.Token},
	} {
		if s.path == "" {
			continue
		}
		text, err := os.ReadFile(s.path)
		if err != nil {
			l.add(s.key, err.Error(), "make the file, readable by this user only")
			continue
		}
		*s.into = Secret(strings.TrimSpace(string(text)))
	}
}

// add records a mistake of key at the place where its value came from.
func (l *loader) add(key, text, hint string) {
	p := Problem{Key: key, Text: text, Hint: hint}
	switch {
	case l.source.Set[key] != "":
		p.File = "flag"
	case l.env[key] != "":
		p.File, p.Key = "environment", l.env[key]
	case l.file != nil:
		if node, ok := l.file.leaves[key]; ok {
			p = l.file.at(node.value, key, text, hint)
		} else {
			p.File = l.file.name
		}
	default:
		p.File = "default"
	}
	l.problems = append(l.problems, p)
}

// EnvName is the environment variable of a dotted key.
func EnvName(key string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
