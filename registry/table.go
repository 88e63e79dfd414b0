package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// column is one column of a file: how it is read into a T and written from it.
type column[T any] struct {
	name string
	need bool // the header must have it
	set  func(*T, string) *mistake
	get  func(*T) string
}

// row is one line of a file. A bad row has been reported and is not imported.
type row[T any] struct {
	line int
	v    T
	bad  bool
}

// readTable reads a whole file. Bad lines are reported and kept as bad rows, so
// that later checks do not report what follows from them.
func readTable[T any](file string, data []byte, columns []column[T]) ([]row[T], []LineError) {
	text, err := plainUTF8(file, data)
	if err != nil {
		return nil, []LineError{*err}
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	header, bad := readHeader(file, r, columns)
	if len(bad) > 0 {
		return nil, bad
	}
	var rows []row[T]
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, bad
		}
		if err != nil {
			bad = append(bad, quoteError(file, err))
			rows = append(rows, row[T]{bad: true})
			continue
		}
		if blank(record) { // spreadsheets leave lines of commas behind
			continue
		}
		line, _ := r.FieldPos(0)
		one, mistakes := readRow(file, line, record, header, columns)
		rows, bad = append(rows, one), append(bad, mistakes...)
	}
}

// readHeader gives for each field of a line the index of its column, or -1 for a
// field without a name.
func readHeader[T any](file string, r *csv.Reader, columns []column[T]) ([]int, []LineError) {
	record, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, []LineError{quoteError(file, err)}
	}
	names := columnNames(columns)
	if err != nil || blank(record) {
		return nil, []LineError{wrong("the file is empty", "its first line must name the columns: "+strings.Join(names, ","),
			"文件是空的；第一行应写列名").at(file, 1, "", "")}
	}
	if len(record) == 1 && strings.ContainsAny(record[0], "\t;") {
		return nil, []LineError{wrong("its columns are separated by tabs or semicolons", "save it as CSV separated by commas",
			"列之间应当用英文逗号分隔").at(file, 1, "", record[0])}
	}
	var bad []LineError
	index := make([]int, len(record))
	for i, name := range record {
		name = strings.ToLower(strings.TrimSpace(name))
		index[i] = slices.Index(names, name)
		switch {
		case name == "":
		case index[i] < 0:
			bad = append(bad, wrong("unknown column", "the columns are "+strings.Join(names, ", "), "没有这一列").at(file, 1, name, ""))
		case slices.Contains(index[:i], index[i]):
			bad = append(bad, wrong("this column stands twice", "keep one of them", "这一列出现了两次").at(file, 1, name, ""))
		}
	}
	for i, c := range columns {
		if c.need && !slices.Contains(index, i) {
			bad = append(bad, wrong("this column is missing", "add it to the first line", "缺少这一列").at(file, 1, c.name, ""))
		}
	}
	return index, bad
}

func readRow[T any](file string, line int, record []string, header []int, columns []column[T]) (row[T], []LineError) {
	out := row[T]{line: line}
	var bad []LineError
	switch {
	case len(record) > len(header) && !blank(record[len(header):]):
		bad = append(bad, wrong(fmt.Sprintf("%d fields, but the header names %d columns", len(record), len(header)),
			"put a value that holds a comma in double quotes", "字段比列名多；含逗号的内容请加英文双引号").at(file, line, "", ""))
	case cutShort(len(record), header, columns):
		bad = append(bad, wrong(fmt.Sprintf("the line ends after %d of %d columns", len(record), len(header)), "write all of them, empty ones too",
			"这一行没有写完").at(file, line, "", ""))
	}
	if len(bad) > 0 { // what stands in which column is anybody's guess
		return row[T]{line: line, bad: true}, bad
	}
	for i := range min(len(record), len(header)) {
		value := strings.TrimSpace(record[i])
		if header[i] < 0 {
			if value != "" {
				bad = append(bad, wrong(fmt.Sprintf("a value under no column name (field %d)", i+1), "name the column or empty the field",
					"这一格没有列名").at(file, line, "", value))
			}
			continue
		}
		c := columns[header[i]]
		if m := c.set(&out.v, value); m != nil {
			bad = append(bad, m.at(file, line, c.name, value))
		}
	}
	out.bad = len(bad) > 0
	return out, bad
}

// cutShort says whether a line ends before a column that every line needs.
func cutShort[T any](fields int, header []int, columns []column[T]) bool {
	if fields >= len(header) {
		return false
	}
	return slices.ContainsFunc(header[fields:], func(i int) bool { return i >= 0 && columns[i].need })
}

// writeTable writes the header and rows with plain line ends.
func writeTable[T any](w io.Writer, columns []column[T], rows []T) error {
	out := csv.NewWriter(w)
	if err := out.Write(columnNames(columns)); err != nil {
		return err
	}
	record := make([]string, len(columns))
	for i := range rows {
		for j, c := range columns {
			record[j] = c.get(&rows[i])
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func columnNames[T any](columns []column[T]) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

func blank(record []string) bool {
	return !slices.ContainsFunc(record, func(s string) bool { return strings.TrimSpace(s) != "" })
}

func quoteError(file string, err error) LineError {
	line := 0
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		line, err = parse.StartLine, parse.Err
	}
	return wrong("not CSV: "+err.Error(), "a double quote inside a value is written twice, and each that opens must close",
		"双引号不成对").at(file, line, "", "")
}
