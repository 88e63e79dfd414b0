package registry

import (
	"context"
	"fmt"
	"io"
)

// Export writes one of the files: all columns, in the order of lamp, person or
// place and rank, without BOM. Importing it changes nothing, and the same
// registry gives the same bytes.
func (db *DB) Export(ctx context.Context, kind Kind, w io.Writer) error {
	err := db.export(ctx, kind, w)
	if err != nil {
		return fmt.Errorf("export %s: %w", kind, err)
	}
	return nil
}

func (db *DB) export(ctx context.Context, kind Kind, w io.Writer) error {
	switch kind {
	case Lamps:
		rows, err := lampRows(ctx, db.read)
		if err != nil {
			return err
		}
		return writeTable(w, lampColumns(), rows)
	case People:
		rows, err := personRows(ctx, db.read)
		if err != nil {
			return err
		}
		return writeTable(w, personColumns(), rows)
	case Duty:
		rows, err := dutyRows(ctx, db.read)
		if err != nil {
			return err
		}
		return writeTable(w, dutyColumns(), rows)
	}
	return fmt.Errorf("there is no file of %q", kind)
}
