package load

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// The chart's measures, in pixels.
const (
	chartWidth  = 860
	panelHeight = 150
	marginLeft  = 70
	marginTop   = 54
	panelGap    = 34
)

// curve is one line of a panel.
type curve struct {
	name, colour string
	of           func(Point) float64
}

// panel is one diagram of the chart: curves over the same seconds and one scale.
type panel struct {
	title  string
	unit   string
	curves []curve
}

var panels = [...]panel{
	{"acknowledged 已确认", "readings/s", []curve{{"rate", "#0a7d4f", func(p Point) float64 { return p.Rate }}}},
	{"publish to PUBACK", "ms", []curve{
		{"p99", "#c2410c", func(p Point) float64 { return p.P99 }}, {"p50", "#2563eb", func(p Point) float64 { return p.P50 }},
	}},
	{"lamps 路灯", "", []curve{
		{"reporting", "#6b7280", func(p Point) float64 { return float64(p.Lamps) }},
		{"connections", "#7c3aed", func(p Point) float64 { return float64(p.Connected) }},
	}},
	{"failures 失败", "per second", []curve{{"failures", "#b91c1c", func(p Point) float64 { return float64(p.Failures) }}}},
}

// Chart writes the course as an SVG picture.
func (r *Report) Chart(out io.Writer) error {
	var b strings.Builder
	height := marginTop + len(panels)*(panelHeight+panelGap) + 10
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", chartWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", chartWidth, height)
	fmt.Fprintf(&b, `<text x="%d" y="20" font-size="14">%s, %d lamps, %.0f readings/s, PUBACK p50 %.1f ms, p99 %.1f ms</text>`+"\n",
		marginLeft, escape(r.Broker), r.Lamps, r.Rate, r.PubAck.P50, r.PubAck.P99)
	for i := range panels {
		r.draw(&b, &panels[i], marginTop+float64(i*(panelHeight+panelGap)))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// draw adds one panel whose upper edge is at y.
func (r *Report) draw(b *strings.Builder, p *panel, y float64) {
	most := 0.0
	for _, point := range r.Course {
		for _, c := range p.curves {
			most = max(most, c.of(point))
		}
	}
	top := ceiling(most)
	width := float64(chartWidth - marginLeft - 20)
	across := func(at float64) float64 { return marginLeft + width*at/max(r.Seconds, 1) }
	up := func(v float64) float64 { return y + panelHeight*(1-v/top) }
	for _, share := range []float64{0, 0.5, 1} {
		fmt.Fprintf(b, `<line x1="%d" x2="%.0f" y1="%.1f" y2="%.1f" stroke="#e5e7eb"/>`, marginLeft, marginLeft+width, up(share*top), up(share*top))
		fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", marginLeft-6, up(share*top)+4, share*top)
	}
	fmt.Fprintf(b, `<text x="%d" y="%.1f" fill="#374151">%s %s</text>`+"\n", marginLeft, y-6, escape(p.title), escape(p.unit))
	for i, c := range p.curves {
		var points strings.Builder
		for _, point := range r.Course {
			fmt.Fprintf(&points, "%.1f,%.1f ", across(point.At), up(c.of(point)))
		}
		fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="1.5" points="%s"/>`, c.colour, strings.TrimSpace(points.String()))
		fmt.Fprintf(b, `<text x="%.0f" y="%.1f" fill="%s" text-anchor="end">%s</text>`+"\n", marginLeft+width-float64(90*i), y-6, c.colour, c.name)
	}
	fmt.Fprintf(b, `<text x="%.0f" y="%.1f" text-anchor="end" fill="#6b7280">%.0f s</text>`+"\n", marginLeft+width, y+panelHeight+14, r.Seconds)
}

// ceiling is the next of 1, 2 and 5 times a power of ten, at least 1.
func ceiling(v float64) float64 {
	if v <= 1 {
		return 1
	}
	ten := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*ten {
			return m * ten
		}
	}
	return 10 * ten
}

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escape(s string) string { return entities.Replace(s) }
