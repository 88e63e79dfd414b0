package configs

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// file is one settings file with the place of every setting in it.
type file struct {
	name   string
	lines  []string
	leaves map[string]entry
}

type entry struct{ key, value *yaml.Node }

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// parseFile finds the settings of a YAML file and what is wrong with their names.
func parseFile(name string, text []byte, leaves map[string]reflect.Value) (*file, Problems) {
	f := &file{name: name, lines: strings.Split(string(text), "\n"), leaves: map[string]entry{}}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return f, Problems{f.syntax(err)}
	}
	if len(doc.Content) == 0 {
		return f, nil // an empty file changes nothing
	}
	return f, f.walk(doc.Content[0], "", leaves)
}

func (f *file) syntax(err error) Problem {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return Problem{File: f.name, Text: err.Error()}
	}
	p := Problem{
		File: f.name, Text: m[2],
		Hint: "YAML wants `key: value`, children indented by two spaces, never a tab",
	}
	if line, _ := strconv.Atoi(m[1]); line > 0 && line <= len(f.lines) {
		source := strings.TrimRight(f.lines[line-1], "\r")
		indent := len(source) - len(strings.TrimLeft(source, " \t"))
		p.Line, p.Column, p.Width, p.Source = line, indent+1, max(len(source)-indent, 1), source
	}
	return p
}

func (f *file) walk(node *yaml.Node, prefix string, leaves map[string]reflect.Value) Problems {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
		return nil
	}
	if node.Kind != yaml.MappingNode {
		return Problems{f.at(node, strings.TrimSuffix(prefix, "."), "wants settings below it, not a value", "write them on the next lines, indented by two spaces")}
	}
	var problems Problems
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		k, v := node.Content[i], node.Content[i+1]
		key := prefix + k.Value
		if line, twice := seen[key]; twice {
			problems = append(problems, f.at(k, key, fmt.Sprintf("is set twice, first in line %d", line), "keep one of them"))
			continue
		}
		seen[key] = k.Line
		_, isLeaf := leaves[key]
		switch {
		case isLeaf:
			f.leaves[key] = entry{k, v}
		case hasBelow(leaves, key):
			problems = append(problems, f.walk(v, key+".", leaves)...)
		default:
			problems = append(problems, f.at(k, key, "is not a setting", suggestion(key, f.candidates(leaves))))
		}
	}
	return problems
}

// candidates are all keys and the sections above them.
func (f *file) candidates(leaves map[string]reflect.Value) []string {
	all := map[string]bool{}
	for key := range leaves {
		all[key] = true
		for i := range key {
			if key[i] == '.' {
				all[key[:i]] = true
			}
		}
	}
	return keysOf(all)
}

func hasBelow(leaves map[string]reflect.Value, section string) bool {
	for key := range leaves {
		if strings.HasPrefix(key, section+".") {
			return true
		}
	}
	return false
}

// at is a problem at the place of a node. The line is left out where it may hold
// a secret.
func (f *file) at(node *yaml.Node, key, text, hint string) Problem {
	p := Problem{File: f.name, Line: node.Line, Column: node.Column, Width: len([]rune(node.Value)), Key: key, Text: text, Hint: hint}
	secret := strings.HasSuffix(key, "password") || strings.HasSuffix(key, "token") ||
		strings.HasPrefix(key, channelsKey) || strings.Contains(node.Value, "@")
	if node.Line >= 1 && node.Line <= len(f.lines) && !secret {
		p.Source = strings.TrimRight(f.lines[node.Line-1], "\r")
	}
	return p
}
