package profile

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// textOf is a scalar as text: numbers in their shortest form, so that 3, 3.0 and
// "3" are one word; ok is false for null, lists and objects.
func textOf(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	}
	if n, ok := numberOf(v); ok {
		return strconv.FormatFloat(n, 'f', -1, 64), true
	}
	return "", false
}

// numberOf is a number, also one in quotes as VE.Direct's are, or in hexadecimal
// after 0x.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Float64()
		return n, err == nil || math.IsInf(n, 0)
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case string:
		v = strings.TrimSpace(v)
		if digits, hex := strings.CutPrefix(strings.ToLower(v), "0x"); hex {
			n, err := strconv.ParseUint(digits, 16, 64)
			return float64(n), err == nil
		}
		if v == "" || !strings.ContainsRune("+-.0123456789", rune(v[0])) {
			return 0, false // no Inf, NaN or hexadecimal float
		}
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil
	}
	return 0, false
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
