package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/configs"
)

// settings are the flags that every verb with settings shares.
type settings struct {
	environ []string
	file    string
	data    string
	set     []string
}

func (s *settings) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&s.file, "config", "c", "", "settings file (YAML); without it, the demo")
	f.StringVar(&s.data, "data", "", "data folder, short for --set data_dir=…")
	f.StringArrayVar(&s.set, "set", nil, "one setting, such as --set web.listen=127.0.0.1:9000; may be repeated")
}

// load reads and checks the settings of this call.
func (s *settings) load() (*configs.Config, error) {
	set := map[string]string{}
	for _, pair := range s.set {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, misuseError{configs.Problems{{File: "flag", Text: "--set " + pair + " has no =", Hint: "write it like --set web.listen=127.0.0.1:9000"}}}
		}
		set[key] = value
	}
	if s.data != "" {
		set["data_dir"] = s.data
	}
	return configs.Load(configs.Source{File: s.file, Environ: s.environ, Set: set})
}
