package profile

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// Path leads to a value: keys and, in lists, numbers. The first key may be $lamp
// or $device of the topic, or $1, $2, the keys that stars of the batch met.
type Path []string

// ParsePath reads a.b.c, a.0.b or a."b.c"; a single point is the value itself.
func ParsePath(text string) (Path, error) {
	if text == "." {
		return Path{}, nil
	}
	var p Path
	for rest := text; ; {
		var key string
		if strings.HasPrefix(rest, `"`) {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, errors.New(`路径的引号没有结束 a quote has no end`)
			}
			key, rest = rest[1:1+end], rest[2+end:]
			if rest != "" && rest[0] != '.' {
				return nil, errors.New(`引号后面要有点 a point must follow a quote`)
			}
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			key, rest = rest[:end], rest[end:]
		}
		if key == "" {
			return nil, fmt.Errorf("路径 %q 有一段是空的 a part of the path is empty: write it like data.params.battery", text)
		}
		p = append(p, key)
		if rest == "" {
			return p, nil
		}
		rest = rest[1:]
	}
}

// in finds the path's value below v; nil is none.
func (p Path) in(v any) any {
	for _, key := range p {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// step is one part of the way to a message's readings.
type step struct {
	key  string
	kind stepKind
}

type stepKind uint8

const (
	stepKey  stepKind = iota // into this key
	stepEach                 // [] every item of a list, or the value itself where it is none
	stepStar                 // *  every entry of an object, whose key is kept
)

// ParseBatch reads the way to the readings of a message: readings[] is every item
// of the list readings, [] every item of a message that is a list, *[] every
// item of the list in each entry.
func ParseBatch(text string) ([]step, error) { //nolint:revive // only Profile.Batch holds it
	var out []step
	for part := range strings.SplitSeq(text, ".") {
		key, each := strings.CutSuffix(part, "[]")
		switch {
		case key == "*":
			out = append(out, step{kind: stepStar})
		case key != "":
			out = append(out, step{key: key})
		case !each:
			return nil, fmt.Errorf("%q 不是一批遥测的路径 is no way to a list: write it like readings[], [] or *[]", text)
		}
		if each {
			out = append(out, step{kind: stepEach})
		}
	}
	return out, nil
}

// found is one reading's place in a message.
type found struct {
	value any
	keys  []string // that stars met
	at    []any    // the key or number taken at each step; nil where a step took the value itself
}

// walk calls each with every reading of the message, up to the first false.
func walk(v any, steps []step, f found, each func(found) bool) bool {
	if len(steps) == 0 {
		f.value = v
		return each(f)
	}
	s, rest := steps[0], steps[1:]
	next := func(v any, at any, keys []string) bool {
		return walk(v, rest, found{keys: keys, at: append(f.at[:len(f.at):len(f.at)], at)}, each)
	}
	switch at := v.(type) {
	case map[string]any:
		switch s.kind {
		case stepKey:
			if below, ok := at[s.key]; ok {
				return next(below, s.key, f.keys)
			}
			return true
		case stepStar:
			for _, key := range sortedKeys(at) {
				if !next(at[key], key, append(f.keys[:len(f.keys):len(f.keys)], key)) {
					return false
				}
			}
			return true
		}
		return next(v, nil, f.keys)
	case []any:
		if s.kind != stepEach {
			return true
		}
		for i := range at {
			if !next(at[i], i, f.keys) {
				return false
			}
		}
		return true
	}
	return s.kind != stepEach || next(v, nil, f.keys)
}

// alone is the message with no other reading in it than that at the place, so
// that what is refused of a batch can be decoded again by itself. What stands
// beside the way to it stays: it may name the lamp or the time.
func alone(v any, steps []step, at []any) any {
	if len(at) == 0 {
		return v
	}
	rest := steps[1:]
	switch key := at[0].(type) {
	case string:
		m, _ := v.(map[string]any)
		if steps[0].kind == stepStar {
			return map[string]any{key: alone(m[key], rest, at[1:])}
		}
		out := maps.Clone(m)
		out[key] = alone(m[key], rest, at[1:])
		return out
	case int:
		list, _ := v.([]any)
		return []any{alone(list[key], rest, at[1:])}
	}
	return alone(v, rest, at[1:])
}
