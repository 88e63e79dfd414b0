package registry

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// placeRow is one place; its id is its name in the files.
type placeRow struct{ id, kind, village string }

// town is everything of the three files that the database holds.
type town struct {
	places map[string]placeRow
	lamps  map[string]lampRow
	people map[string]personRow
	duty   map[dutyKey]dutyRow
}

// plan is what an import will write.
type plan struct {
	places []placeRow
	lamps  []lampRow
	people []personRow
	duty   []dutyRow
	remove []dutyKey
	report Report
}

// planOf compares the files with what the town has. It changes town.
func planOf(have town, files map[Kind]fileData, o Options) *plan {
	p := new(plan)
	if f, ok := files[Lamps]; ok {
		p.planLamps(have, f, o)
	}
	if f, ok := files[People]; ok {
		p.planPeople(have, f, o)
	}
	if f, ok := files[Duty]; ok {
		p.planDuty(have, f)
	}
	return p
}

func (p *plan) planLamps(have town, f fileData, o Options) {
	rows, bad := readLamps(f.name, f.data)
	bad = append(bad, placesMoved(f.name, rows, have)...)
	slices.SortStableFunc(bad, func(a, b LineError) int { return a.Line - b.Line })
	count := FileReport{File: f.name, Kind: Lamps}
	for _, r := range rows {
		place := placeRow{r.v.place, r.v.placeKind, r.v.village}
		if r.bad {
			// Its place counts, so that one mistake is not reported again for every person there.
			if _, known := have.places[place.id]; !known && !o.OnlyGood && place.id != "" {
				have.places[place.id] = place
			}
			continue
		}
		old, known := have.lamps[r.v.id]
		if count.add(known, old == r.v) {
			p.lamps = append(p.lamps, r.v)
		}
		if have.places[place.id] != place {
			p.places = append(p.places, place)
			have.places[place.id] = place
		}
		have.lamps[r.v.id] = r.v
	}
	p.report.add(count, bad)
}

// placesMoved reports rows that would move a place to another village or kind
// under lamps that the file does not name.
func placesMoved(file string, rows []row[lampRow], have town) []LineError {
	named := map[string]bool{}
	for _, r := range rows {
		named[r.v.id] = true
	}
	others := map[string]lampRow{}
	for id, l := range have.lamps {
		if first, ok := others[l.place]; !named[id] && (!ok || id < first.id) {
			others[l.place] = l
		}
	}
	var bad []LineError
	for i := range rows {
		r := &rows[i]
		l, ok := others[r.v.place]
		if r.bad || !ok || l.village == r.v.village && l.placeKind == r.v.placeKind {
			continue
		}
		r.bad = true
		bad = append(bad, wrong(fmt.Sprintf("this place is a %s of %s for %s, which this file does not name", l.placeKind, l.village, l.id),
			"name that lamp too, or give the place another name", fmt.Sprintf("与已登记的 %s 不符", l.id)).at(file, r.line, "place", r.v.place))
	}
	return bad
}

func (p *plan) planPeople(have town, f fileData, o Options) {
	rows, bad := readPeople(f.name, f.data, have.places)
	count := FileReport{File: f.name, Kind: People}
	for i := range rows {
		r := &rows[i]
		if o.CheckChannel != nil && !r.bad {
			for _, c := range strings.Fields(r.v.channels) {
				if c == Inbox {
					continue
				}
				if err := o.CheckChannel(c); err != nil {
					r.bad = true
					bad = append(bad, wrong(err.Error(), "", "通知方式不对").at(f.name, r.line, "channels", ""))
				}
			}
		}
		if r.bad {
			if _, known := have.people[r.v.id]; !known && !o.OnlyGood && r.v.id != "" {
				r.v.role = "volunteer" // so that its duty lines are not reported too
				have.people[r.v.id] = r.v
			}
			continue
		}
		old, known := have.people[r.v.id]
		if count.add(known, old == r.v) {
			p.people = append(p.people, r.v)
		}
		have.people[r.v.id] = r.v
	}
	p.report.add(count, bad)
}

func (p *plan) planDuty(have town, f fileData) {
	rows, bad := readDuty(f.name, f.data, have.places, have.people)
	count := FileReport{File: f.name, Kind: Duty}
	named, keep := map[string]bool{}, map[string]bool{} // places; those with bad lines lose nobody
	stays := map[dutyKey]bool{}
	for _, r := range rows {
		if r.bad {
			keep[r.v.place] = true
			continue
		}
		named[r.v.place], stays[r.v.key()] = true, true
		old, known := have.duty[r.v.key()]
		if count.add(known, old == r.v) {
			p.duty = append(p.duty, r.v)
		}
	}
	for key := range have.duty {
		if named[key.place] && !keep[key.place] && !stays[key] {
			p.remove = append(p.remove, key)
			count.Removed++
		}
	}
	p.report.add(count, bad)
}

// add counts one good line and says whether it is to be written.
func (c *FileReport) add(known, same bool) bool {
	switch {
	case !known:
		c.New++
	case !same:
		c.Changed++
	default:
		c.Same++
		return false
	}
	return true
}

func (r *Report) add(c FileReport, bad []LineError) {
	r.Files = append(r.Files, c)
	r.Bad = append(r.Bad, bad...)
}

func (p *plan) write(ctx context.Context, tx *sql.Tx) error {
	for _, step := range []func(context.Context, *sql.Tx) error{p.writePlaces, p.writeLamps, p.writePeople, p.writeDuty} {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// each runs one prepared statement for every row.
func each[T any](ctx context.Context, tx *sql.Tx, query string, rows []T, args func(*T) []any) error {
	if len(rows) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i := range rows {
		if _, err := stmt.ExecContext(ctx, args(&rows[i])...); err != nil {
			return err
		}
	}
	return nil
}
