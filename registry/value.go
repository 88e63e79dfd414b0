package registry

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/yingguang/yingguang/device"
)

// The setters below fill one field of a row from the text of a file; "" is
// always "not known" unless the column needs a value.

func missing(need bool) *mistake {
	if !need {
		return nil
	}
	return wrong("it is empty", "write it", "不能为空")
}

func setCode[T any](what, zh string, need bool, field func(*T) *string) func(*T, string) *mistake {
	return func(t *T, s string) *mistake {
		*field(t) = s
		switch {
		case s == "":
			return missing(need)
		case device.ValidCode(s):
			return nil
		}
		return wrong(fmt.Sprintf("not a %s code", what), fmt.Sprintf("want 1 to %d of A-Z a-z 0-9 - _", device.MaxCodeLen),
			zh+"编号只能是 1 到 32 个字母、数字、- 或 _")
	}
}

const maxText = 200 // characters

func setText[T any](need bool, field func(*T) *string) func(*T, string) *mistake {
	return func(t *T, s string) *mistake {
		*field(t) = s
		switch {
		case s == "":
			return missing(need)
		case strings.ContainsFunc(s, unicode.IsControl):
			return wrong("it holds a line break or another control character", "write it on one line", "内容里有换行或控制字符")
		case len([]rune(s)) > maxText:
			return wrong(fmt.Sprintf("longer than %d characters", maxText), "shorten it", "内容太长")
		}
		return nil
	}
}

func setWord[T any](need bool, words []string, field func(*T) *string) func(*T, string) *mistake {
	return func(t *T, s string) *mistake {
		s = strings.ToLower(s)
		*field(t) = s
		switch {
		case s == "":
			return missing(need)
		case slices.Contains(words, s):
			return nil
		}
		list := strings.Join(words, ", ")
		return wrong("not one of the words for this column", "want one of "+list, "只能是 "+list+" 之一")
	}
}

func setNumber[T any](need bool, min, max float64, unit string, field func(*T) *float64) func(*T, string) *mistake {
	return func(t *T, s string) *mistake {
		if s == "" {
			return missing(need)
		}
		v, err := strconv.ParseFloat(s, 64)
		if err == nil && v >= min && v <= max {
			*field(t) = v
			return nil
		}
		limits := strings.TrimSpace(fmt.Sprintf("%v to %v %s", min, max, unit))
		if err != nil {
			return wrong("not a number", "want "+limits+", without a unit", fmt.Sprintf("应为 %v 到 %v 的数字", min, max))
		}
		return wrong("outside "+limits, "check the digits and the unit", fmt.Sprintf("超出范围 %v 到 %v", min, max))
	}
}

func setWhole[T any](need bool, min, max int64, field func(*T) *int64) func(*T, string) *mistake {
	return func(t *T, s string) *mistake {
		if s == "" {
			return missing(need)
		}
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil || v < min || v > max {
			return wrong(fmt.Sprintf("not a whole number from %d to %d", min, max), "", fmt.Sprintf("应为 %d 到 %d 的整数", min, max))
		}
		*field(t) = v
		return nil
	}
}

// setDay takes 2026-01-31, and 2026/1/31 as spreadsheets rewrite it.
func setDay[T any](field func(*T) *string) func(*T, string) *mistake {
	return func(t *T, s string) *mistake {
		if s == "" {
			return nil
		}
		for _, layout := range []string{"2006-1-2", "2006/1/2"} {
			if d, err := time.Parse(layout, s); err == nil && d.Year() >= 1990 && d.Year() < 2100 {
				*field(t) = d.Format(time.DateOnly)
				return nil
			}
		}
		return wrong("not a day from 1990 to 2099", "write it as 2026-01-31", "日期应写成 2026-01-31")
	}
}

func getText[T any](field func(*T) *string) func(*T) string {
	return func(t *T) string { return *field(t) }
}

// getNumber writes the shortest digits that read back the same; 0 is "not known".
func getNumber[T any](field func(*T) *float64) func(*T) string {
	return func(t *T) string {
		if *field(t) == 0 {
			return ""
		}
		return strconv.FormatFloat(*field(t), 'f', -1, 64)
	}
}

// getDecimal is getNumber where 0 is a value.
func getDecimal[T any](field func(*T) *float64) func(*T) string {
	return func(t *T) string { return strconv.FormatFloat(*field(t), 'f', -1, 64) }
}

func getWhole[T any](field func(*T) *int64) func(*T) string {
	return func(t *T) string {
		if *field(t) == 0 {
			return ""
		}
		return strconv.FormatInt(*field(t), 10)
	}
}
