package configs

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"
)

// channelsKey is the one key whose children people name themselves.
const channelsKey = "notify.channels"

// leavesOf maps every dotted key below v to its field.
func leavesOf(v reflect.Value, prefix string) map[string]reflect.Value {
	leaves := map[string]reflect.Value{}
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("mapstructure")
		if name == "" {
			continue
		}
		field := v.Field(i)
		if field.Kind() == reflect.Struct {
			for key, leaf := range leavesOf(field, prefix+name+".") {
				leaves[key] = leaf
			}
			continue
		}
		leaves[prefix+name] = field
	}
	return leaves
}

func suggestion(key string, known []string) string {
	if near := nearest(key, known); near != "" {
		return "did you mean " + near + "? 是不是想写 " + near
	}
	last := key[strings.LastIndexByte(key, '.')+1:]
	for _, k := range known {
		if strings.HasSuffix(k, "."+last) {
			return "did you mean " + k + "? 是不是想写 " + k
		}
	}
	return "`yingguang check --settings` lists all settings"
}

func kindWord(v reflect.Value) string {
	switch v.Interface().(type) {
	case time.Duration:
		return "a duration"
	case Size:
		return "a size"
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int64, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Map:
		return "names with values"
	}
	return "text"
}

func hintFor(v reflect.Value) string {
	switch v.Interface().(type) {
	case time.Duration:
		return "write it like 90s, 5m or 168h"
	case Size:
		return "write it like 8GiB or 500MB"
	}
	return ""
}

// hidden is the doc of a setting that only our own tests make.
const hidden = "-"

// Describe prints every setting with its default and what it is for, but not the
// hidden ones.
func Describe(w io.Writer) error {
	d := Default()
	docs := docsOf(reflect.TypeOf(d), "")
	leaves := leavesOf(reflect.ValueOf(d), "")
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, key := range keysOf(leaves) {
		if docs[key] == hidden {
			continue
		}
		fmt.Fprintf(tw, "%s\t%v\t%s\n", key, leaves[key].Interface(), docs[key])
	}
	return tw.Flush()
}

func docsOf(t reflect.Type, prefix string) map[string]string {
	docs := map[string]string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("mapstructure")
		if f.Type.Kind() == reflect.Struct && name != "" {
			for key, doc := range docsOf(f.Type, prefix+name+".") {
				docs[key] = doc
			}
			continue
		}
		docs[prefix+name] = f.Tag.Get("doc")
	}
	return docs
}
