// Command generate writes the sample town's three files into the folder it is
// started in, always the same: run it by `go generate ./configs/jiaping`.
package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
)

func main() {
	for name, data := range files() {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func files() map[string][]byte {
	t := newTown()
	return map[string][]byte{
		"lamps.csv":  table(t.lampLines()),
		"people.csv": table(t.peopleLines()),
		"duty.csv":   table(t.dutyLines()),
	}
}

func table(lines [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.WriteAll(lines) //nolint:errcheck // a Buffer takes everything
	return b.Bytes()
}
