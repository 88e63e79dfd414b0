package alerts

import (
	"fmt"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// MaxResidentText is the longest text to a resident, in characters: one Chinese SMS.
const MaxResidentText = 70

// maxPlaceName is how many characters of a place stand in a text.
const maxPlaceName = 10

// notice puts a ticket into one person's words.
func (d *Dispatcher) notice(t *Ticket, kind NoticeKind, p device.Person, now device.Millis) Notice {
	n := Notice{Person: p.ID, Ticket: t.ID, Subject: t.Subject, Kind: kind, CreatedAt: now}
	if t.ID != 0 {
		n.Key = fmt.Sprintf("%d/%s/%s", t.ID, kind, p.ID)
	}
	en := p.Language == device.English
	e := d.worst(t)
	where, what := d.whereOf(t, en), e.Title.In(p.Language)
	switch kind {
	case NoticeRaised:
		if e.NoVisit {
			n.Title = pick(en, "%[2]s: %[1]s", "%[2]s：%[1]s", what, where)
			n.Text = pick(en, "%[1]s: %[2]s. %[3]s", "%[1]s%[2]s。%[3]s", where, what, e.Volunteer.In(p.Language))
			break
		}
		n.Title = pick(en, "%[2]s: %[1]s", "%[2]s：%[1]s", what, where)
		n.Text = pick(en, "%[1]s %[2]s Bring: %[3]s. %[4]s Please take the ticket if you can go.",
			"%[1]s%[2]s请带：%[3]s。%[4]s能去就请接单。",
			pick(en, "%[1]s: %[2]s.", "%[1]s%[2]s。", where, what)+d.names(t, en), e.Volunteer.In(p.Language), e.Bring.In(p.Language), e.Check.In(p.Language))
	case NoticeKnown:
		n.Title = pick(en, "We know: %[2]s, %[1]s", "已知道：%[2]s%[1]s", what, where)
		n.Text = pick(en, "%[1]s: %[2]s. A volunteer has been asked to look; we tell you when it is mended.",
			"%[1]s%[2]s，已知道，正请志愿者去看，修好告诉您。", where, what)
	case NoticeTaken:
		by := d.name(t.TakenBy, en)
		n.Title = pick(en, "Someone goes: %[1]s", "有人去了：%[1]s", where)
		if p.Role == device.Resident {
			by = pick(en, "A volunteer", "志愿者")
		}
		n.Text = pick(en, "%[2]s goes to %[1]s (%[3]s).", "%[2]s去看%[1]s（%[3]s）了。", where, by, what)
	case NoticeMended:
		n.Title = pick(en, "Mended: %[1]s", "好了：%[1]s", where)
		if d.isStorm(t) {
			n.Text = pick(en, "%[1]s: over (it was: %[2]s). Lamps that are not well yet are told of one by one. Thank you.",
				"%[1]s基本好了（原来：%[2]s），还没好的会单独通知。谢谢。", where, what)
			break
		}
		n.Text = pick(en, "%[1]s is well again (it was: %[2]s). Thank you.", "%[1]s好了（原来：%[2]s）。谢谢。", where, what)
	}
	if en {
		n.Title, n.Text = capital(n.Title), capital(n.Text)
	}
	return n
}

// capital begins a sentence; codes and English texts begin with ASCII.
func capital(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// retract says that it never was.
func (d *Dispatcher) retract(n *Notice, t *Ticket, p device.Person) {
	en := p.Language == device.English
	where, what := d.whereOf(t, en), d.worst(t).Title.In(p.Language)
	n.Title = pick(en, "Never mind: %[1]s", "不用去了：%[1]s", where)
	n.Text = pick(en, "%[1]s: our word \"%[2]s\" is taken back, nobody needs to go.", "%[1]s之前报的“%[2]s”取消，不用去了。", where, what)
	if en {
		n.Text = capital(n.Text)
	}
}

func (d *Dispatcher) worst(t *Ticket) Entry {
	if len(t.Faults) == 0 {
		return Entry{}
	}
	return d.entries[t.Faults[0]]
}

// whereOf says in words what a ticket is about: a storm's are so many lamps.
func (d *Dispatcher) whereOf(t *Ticket, en bool) string {
	where := d.where(t.Subject, en)
	switch n := len(t.Lamps); {
	case !d.isStorm(t):
		return where
	case n == 0:
		return pick(en, "many lamps in %[1]s", "%[1]s多盏路灯", clip(where, maxPlaceName))
	default:
		return pick(en, "%[2]d lamps in %[1]s", "%[1]s%[2]d盏路灯", clip(where, maxPlaceName), n)
	}
}

// maxNames is how many lamps of a storm a notice names.
const maxNames = 12

// names lists the lamps of a storm's ticket, as far as a message has room.
func (d *Dispatcher) names(t *Ticket, en bool) string {
	if !d.isStorm(t) || len(t.Lamps) == 0 {
		return ""
	}
	codes := make([]string, 0, maxNames)
	for _, l := range t.Lamps[:min(len(t.Lamps), maxNames)] {
		codes = append(codes, string(l))
	}
	rest := ""
	if more := len(t.Lamps) - len(codes); more > 0 {
		rest = pick(en, " and %d more", "等，另有%d盏", more)
	}
	return pick(en, " %s%s.", "%s%s。", strings.Join(codes, pick(en, ", ", "、")), rest)
}

// where says in words which lamp, gateway or village it is.
func (d *Dispatcher) where(s device.Subject, en bool) string {
	switch s.Kind() {
	case device.KindVillage:
		return s.Code()
	case device.KindTown:
		return pick(en, "the whole town", "全镇")
	}
	lamp, ok := d.home(s)
	place := ""
	if ok {
		place = clip(lamp.Place.Name, maxPlaceName)
		if place == "" {
			place = clip(string(lamp.Place.ID), maxPlaceName)
		}
	}
	switch {
	case s.Kind() == device.KindGateway && en:
		return fmt.Sprintf("gateway %s near %s", s.Code(), place)
	case s.Kind() == device.KindGateway:
		return fmt.Sprintf("%s网关%s", place, s.Code())
	case en:
		return fmt.Sprintf("lamp %s at %s", s.Code(), place)
	}
	return fmt.Sprintf("%s路灯%s", place, s.Code())
}

// name is how a person is called.
func (d *Dispatcher) name(id device.PersonID, en bool) string {
	if p, ok := d.cfg.Roster.Person(id); ok && p.Name != "" {
		return p.Name
	}
	return pick(en, "A volunteer", "志愿者")
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

func pick(english bool, en, zh string, args ...any) string {
	if english {
		return fmt.Sprintf(en, args...)
	}
	return fmt.Sprintf(zh, args...)
}
