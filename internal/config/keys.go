package config

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// key is a place in the configuration that holds one value or a list. Keys
// are read off the struct, so that there is no second list of them.
type key struct {
	path string // such as "http.address"
	kind reflect.Type
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	sizeType     = reflect.TypeFor[Size]()
)

func keys() []key { return keysOf(reflect.TypeFor[Config](), "") }

func keysOf(t reflect.Type, prefix string) []key {
	var found []key
	for field := range fields(t) {
		path := prefix + field.Tag.Get("koanf")
		if field.Type.Kind() == reflect.Struct {
			found = append(found, keysOf(field.Type, path+".")...)
			continue
		}
		found = append(found, key{path: path, kind: field.Type})
	}
	return found
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for n := range t.NumField() {
			if !yield(t.Field(n)) {
				return
			}
		}
	}
}

func keyNamed(path string) (key, bool) {
	all := keys()
	n := slices.IndexFunc(all, func(k key) bool { return k.path == path })
	if n < 0 {
		return key{}, false
	}
	return all[n], true
}

func paths() []string {
	var names []string
	for _, k := range keys() {
		names = append(names, k.path)
	}
	return names
}

// variable is the environment variable of the key: publicURL is
// GRANTKEEP_PUBLIC_URL.
func (k key) variable() string {
	var b strings.Builder
	b.WriteString(Prefix)
	for n, r := range k.path {
		switch {
		case r == '.':
			b.WriteByte('_')
			continue
		case unicode.IsUpper(r) && n > 0 && unicode.IsLower(rune(k.path[n-1])):
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// value reads a value for the key; where is what it is called in a fault.
func (k key) value(raw any, where string, bad *faults) any {
	return read(raw, k.kind, where, bad)
}

// clean returns what the file says with every value in its right form.
func clean(raw map[string]any, bad *faults) map[string]any {
	return cleanObject(raw, reflect.TypeFor[Config](), "", bad)
}

func cleanObject(raw map[string]any, t reflect.Type, prefix string, bad *faults) map[string]any {
	known := map[string]reflect.Type{}
	for field := range fields(t) {
		known[field.Tag.Get("koanf")] = field.Type
	}
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		where := prefix + name
		kind, ok := known[name]
		switch {
		case !ok:
			bad.add(where, "there is no such key%s", meant(name, slices.Collect(maps.Keys(known))))
		case raw[name] == nil: // a key with nothing behind it says nothing
		default:
			out[name] = read(raw[name], kind, where, bad)
		}
	}
	return out
}

// read returns raw in the form that a value of type t has. Texts are accepted
// for everything, because variables have nothing else.
func read(raw any, t reflect.Type, where string, bad *faults) any {
	text, isText := raw.(string)
	switch {
	case t == durationType:
		return readDuration(raw, where, bad)
	case t == sizeType:
		return readSize(raw, where, bad)
	case t.Kind() == reflect.Struct:
		if object, ok := raw.(map[string]any); ok {
			return cleanObject(object, t, where+".", bad)
		}
		bad.add(where, "must hold keys of its own, not %s", describe(raw))
	case t.Kind() == reflect.Slice:
		return readList(raw, t.Elem(), where, bad)
	case t.Kind() == reflect.String:
		if isText {
			return text
		}
		bad.add(where, "must be text, not %s; put it in quotes", describe(raw))
	case t.Kind() == reflect.Bool:
		if _, ok := raw.(bool); ok {
			return raw
		}
		if b, err := strconv.ParseBool(text); isText && err == nil {
			return b
		}
		bad.add(where, "must be true or false, not %s", describe(raw))
	case t.Kind() == reflect.Int:
		if n, ok := whole(raw); ok {
			return n
		}
		bad.add(where, "must be a whole number, not %s", describe(raw))
	default:
		panic("config: no way to read a " + t.String())
	}
	return nil
}

func readList(raw any, of reflect.Type, where string, bad *faults) any {
	if list, ok := raw.([]string); ok {
		return list
	}
	if text, ok := raw.(string); ok {
		if of.Kind() == reflect.String {
			var words []string
			for word := range strings.SplitSeq(text, ",") {
				if word = strings.TrimSpace(word); word != "" {
					words = append(words, word)
				}
			}
			return words
		}
		list, err := objects(text)
		if err != nil {
			bad.add(where, "must be a JSON array: %v", err)
			return nil
		}
		raw = list
	}
	list, ok := raw.([]any)
	if !ok {
		bad.add(where, "must be a list, not %s", describe(raw))
		return nil
	}
	out := make([]any, len(list))
	for n, item := range list {
		out[n] = read(item, of, fmt.Sprintf("%s[%d]", where, n), bad)
	}
	return out
}

// readDuration wants a unit: 5 would mean five nanoseconds.
func readDuration(raw any, where string, bad *faults) any {
	if d, ok := raw.(time.Duration); ok {
		return d
	}
	if n, ok := whole(raw); ok && n == 0 {
		return time.Duration(0)
	}
	text, ok := raw.(string)
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if !ok || err != nil {
		bad.add(where, `must be a duration with a unit, such as "1s" or "90m", not %s`, describe(raw))
	}
	return d
}

func readSize(raw any, where string, bad *faults) any {
	if text, ok := raw.(string); ok {
		for unit, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20} {
			number, found := strings.CutSuffix(text, unit)
			n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
			if found && err == nil && n >= 0 && n <= math.MaxInt64/factor {
				return n * factor
			}
		}
	}
	n, ok := whole(raw)
	if !ok {
		bad.add(where, `must be a number of bytes, or one with KiB or MiB, not %s`, describe(raw))
	}
	return int64(n)
}

// whole reads a whole number, which JSON has as a float and variables as text.
func whole(raw any) (int, bool) {
	switch v := raw.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	case Size:
		return int(v), true
	case float64:
		return int(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	case string:
		n, err := strconv.Atoi(strings.TrimSpace(v))
		return n, err == nil
	}
	return 0, false
}

// describe tells what a value is in a fault. It does not repeat it: it may be
// a secret in the wrong place.
func describe(raw any) string {
	switch raw.(type) {
	case string:
		return "this text"
	case map[string]any:
		return "keys of its own"
	case []any:
		return "a list"
	case bool:
		return "true or false"
	case time.Time:
		return "a date"
	default:
		return "a number"
	}
}

// meant suggests the known name that is nearest to a wrong one.
func meant(wrong string, known []string) string {
	slices.Sort(known)
	best, nearest := "", len(wrong)/2+1
	for _, name := range known {
		if d := distance(strings.ToLower(wrong), strings.ToLower(name)); d < nearest {
			best, nearest = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is the number of letters to insert, remove or change on the way
// from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for n := range row {
		row[n] = n
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
