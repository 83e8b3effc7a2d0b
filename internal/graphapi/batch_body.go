package graphapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// batchPart is one request of a batch.
type batchPart struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`

	after []int // what it depends on, by position
}

// readBatch reads the body of a batch. A batch that cannot be told apart into
// requests, or in which they wait for each other, is refused as a whole.
func readBatch(body []byte, most int) ([]batchPart, error) {
	var batch struct {
		Requests []batchPart `json:"requests"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&batch); err != nil {
		return nil, badBatch("", "%s", explainJSON(err)).With(err)
	}
	if d.More() {
		return nil, badBatch("", "something follows the object")
	}
	parts := batch.Requests
	if len(parts) < 1 || len(parts) > most {
		return nil, badBatch("requests", "requests holds %d requests; a batch holds between 1 and %d", len(parts), most)
	}
	place := map[string]int{}
	for i := range parts {
		p, at := &parts[i], "requests["+strconv.Itoa(i)+"]"
		for _, must := range []struct{ name, value string }{{"id", p.ID}, {"method", p.Method}, {"url", p.URL}} {
			if must.value == "" {
				return nil, badBatch(at+"."+must.name, "%s lacks %s", at, must.name)
			}
		}
		id := strings.ToLower(p.ID)
		if _, twice := place[id]; twice {
			return nil, badBatch(at+".id", "the id '%s' is given twice; ids are unique, whatever their letter case", p.ID)
		}
		place[id] = i
	}
	for i := range parts {
		for _, on := range parts[i].DependsOn {
			n, known := place[strings.ToLower(on)]
			if !known {
				return nil, badBatch("requests["+strconv.Itoa(i)+"].dependsOn", "dependsOn names '%s', which is the id of no request of the batch", on)
			}
			parts[i].after = append(parts[i].after, n)
		}
	}
	if i := waitsForItself(parts); i >= 0 {
		return nil, badBatch("requests["+strconv.Itoa(i)+"].dependsOn", "the request '%s' depends on itself, directly or through others", parts[i].ID)
	}
	return parts, nil
}

// waitsForItself returns a part that could never run; -1 if there is none.
func waitsForItself(parts []batchPart) int {
	ready := make([]bool, len(parts))
	for progress := true; progress; {
		progress = false
		for i := range parts {
			if !ready[i] && !slices.ContainsFunc(parts[i].after, func(on int) bool { return !ready[on] }) {
				ready[i], progress = true, true
			}
		}
	}
	return slices.Index(ready, false)
}

func badBatch(target, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "BadRequest", "The batch is not valid: "+format+".", args...).At(target)
}

// explainJSON says what is wrong with the JSON of a batch.
func explainJSON(err error) string {
	switch err := err.(type) {
	case *json.UnmarshalTypeError:
		return fmt.Sprintf("%s is a %s, where something else is due", err.Field, err.Value)
	case *json.SyntaxError:
		return fmt.Sprintf("it is no JSON at byte %d", err.Offset)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "it is no JSON: it ends too early"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}
