package graphapi

import (
	"strconv"
	"strings"
)

// preferences is what a client asked for in Prefer and we honour
// (conventions.md section 4).
type preferences struct {
	maxPageSize    int    // 0 if not given
	returns        string // "representation", "minimal" or empty
	unknownMembers bool   // include-unknown-enum-members
}

func readPreferences(headers []string) preferences {
	var p preferences
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			part, _, _ = strings.Cut(part, ";")
			name, value, _ := strings.Cut(part, "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "odata.maxpagesize", "maxpagesize":
				if n, err := strconv.Atoi(value); err == nil && n > 0 {
					p.maxPageSize = n
				}
			case "return":
				p.returns = strings.ToLower(value)
			case "include-unknown-enum-members":
				p.unknownMembers = true
			}
		}
	}
	return p
}

// accepts reports whether an Accept header allows an answer of the media
// type. It reads leniently: parameters such as charset, IEEE754Compatible and
// odata.metadata never count against it (conventions.md section 1), and who
// asks for JSON takes other answers too.
func accepts(accept, media string) bool {
	if strings.TrimSpace(accept) == "" {
		return true
	}
	family, _, _ := strings.Cut(media, "/")
	for part := range strings.SplitSeq(accept, ",") {
		wish, params, _ := strings.Cut(part, ";")
		if quality(params) == 0 {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(wish)) {
		case "*/*", "*", "application/*", "application/json", media, family + "/*":
			return true
		}
	}
	return false
}
