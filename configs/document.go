package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document reads one YAML file of a schema of its own (payload profiles, push
// sources) and gathers what is wrong with it by line.
type Document struct {
	Root     *yaml.Node // nil for an empty file or one that is no YAML
	file     file
	problems Problems
	secret   bool
}

// NewDocument parses text. Where the file holds secrets, no line of it is shown.
func NewDocument(name string, text []byte, secret bool) *Document {
	d := &Document{file: file{name: name, lines: strings.Split(string(text), "\n")}, secret: secret}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		p := d.file.syntax(err)
		if secret {
			p.Source = ""
		}
		d.problems = append(d.problems, p)
		return d
	}
	if len(doc.Content) > 0 {
		d.Root = doc.Content[0]
	}
	return d
}

// Err is Problems in the order of their lines, or nil.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortFunc(d.problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Text, b.Text))
	})
	return d.problems
}

// Fail notes what is wrong at a node.
func (d *Document) Fail(n *yaml.Node, key, hint, format string, args ...any) {
	p := d.file.at(n, key, fmt.Sprintf(format, args...), hint)
	if d.secret {
		p.Source = ""
	}
	d.problems = append(d.problems, p)
}

// Map gives the entries of a mapping; keys that are not known, or there twice, are
// noted. Without any known keys, every key is allowed.
func (d *Document) Map(n *yaml.Node, key string, known ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n == nil {
		return out
	}
	if n.Kind != yaml.MappingNode {
		d.Fail(n, key, "在下面几行缩进两格写 write them on the next lines, indented by two spaces", "下面要有条目 wants entries below it, not a value")
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case out[k.Value] != nil:
			d.Fail(k, join(key, k.Value), "留下一个 keep one of them", "写了两次 is set twice")
		case len(known) > 0 && !slices.Contains(known, k.Value):
			hint := "可用 known: " + strings.Join(known, ", ")
			if near := nearest(k.Value, known); near != "" {
				hint = "是不是想写 did you mean " + near
			}
			d.Fail(k, join(key, k.Value), hint, "不认识 is not known here")
		default:
			out[k.Value] = v
		}
	}
	return out
}

// Text is a scalar's text; a missing node gives none.
func (d *Document) Text(n *yaml.Node, key string) string {
	if n == nil || n.Tag == "!!null" {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		d.Fail(n, key, "", "要写一个值 wants one value")
		return ""
	}
	return n.Value
}

// Nodes is a list's items, or the value itself as the only one.
func (d *Document) Nodes(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil || n.Tag == "!!null":
		return nil
	case n.Kind == yaml.SequenceNode:
		return n.Content
	}
	return []*yaml.Node{n}
}

// Number reads a number; a missing node gives the default.
func (d *Document) Number(n *yaml.Node, key string, otherwise float64) float64 {
	if n == nil {
		return otherwise
	}
	var v float64
	if err := n.Decode(&v); err != nil {
		d.Fail(n, key, "", "%q 不是数 is no number", n.Value)
	}
	return v
}

// Whole reads a whole number from least to most, also as 0x3104; a missing node gives the default.
func (d *Document) Whole(n *yaml.Node, key string, least, most, otherwise int) int {
	if n == nil {
		return otherwise
	}
	var v int
	if err := n.Decode(&v); err != nil || v < least || v > most {
		d.Fail(n, key, "", "%q 要是 %d 到 %d 的整数 must be a whole number from %d to %d", n.Value, least, most, least, most)
		return otherwise
	}
	return v
}

// Bool reads true or false; a missing node is false.
func (d *Document) Bool(n *yaml.Node, key string) bool {
	var v bool
	if n != nil && n.Decode(&v) != nil {
		d.Fail(n, key, "", "%q 要写 true 或 false: want true or false", n.Value)
	}
	return v
}

func join(key, child string) string {
	if key == "" {
		return child
	}
	return key + "." + child
}
