package app

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// importLine is a line of a file that is imported: a user or a group, and the
// groups and members that it names.
type importLine struct {
	engine.Imported
	links []engine.ImportedMember
}

// lineReader reads a file line by line, and returns io.EOF at its end.
type lineReader interface {
	next() (members map[string]json.RawMessage, line int, err error)
}

// jsonLines reads one JSON object a line; empty lines are passed over.
type jsonLines struct {
	in   *bufio.Scanner
	line int
}

// longestLine is the most bytes of one line.
const longestLine = 4 << 20

func newJSONLines(r io.Reader) *jsonLines {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), longestLine)
	return &jsonLines{in: in}
}

func (j *jsonLines) next() (map[string]json.RawMessage, int, error) {
	for j.in.Scan() {
		j.line++
		text := strings.TrimSpace(j.in.Text())
		if text == "" {
			continue
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			return nil, j.line, badLine(j.line, "it is no JSON object: %v", err)
		}
		return members, j.line, nil
	}
	if err := j.in.Err(); err != nil {
		return nil, j.line, fmt.Errorf("line %d: %w", j.line+1, err)
	}
	return nil, j.line, io.EOF
}

// csvLines reads a table whose first line names the properties. An empty cell
// says nothing.
type csvLines struct {
	in     *csv.Reader
	header []string
}

// lists are the properties of which a cell holds several, with semicolons
// between them; flags are those that are true or false.
var (
	csvLists = map[string]bool{"members": true, "memberOf": true, "otherMails": true, "businessPhones": true, "groupTypes": true}
	csvFlags = map[string]bool{"accountEnabled": true, "mailEnabled": true, "securityEnabled": true}
)

func (c *csvLines) next() (map[string]json.RawMessage, int, error) {
	cells, err := c.in.Read()
	line, _ := c.in.FieldPos(0)
	if err == nil && c.header == nil {
		c.header = cells
		c.header[0] = strings.TrimPrefix(c.header[0], "\ufeff")
		cells, err = c.in.Read()
		if err == nil {
			line, _ = c.in.FieldPos(0)
		}
	}
	if errors.Is(err, io.EOF) {
		return nil, line, io.EOF
	}
	if err != nil {
		return nil, line, badLine(line, "%v", err)
	}
	members := map[string]json.RawMessage{}
	for i, cell := range cells {
		name := c.header[i]
		var value any = cell
		switch {
		case cell == "":
			continue
		case csvLists[name]:
			value = strings.Split(cell, ";")
		case csvFlags[name]:
			value = strings.EqualFold(cell, "true")
			if !strings.EqualFold(cell, "true") && !strings.EqualFold(cell, "false") {
				return nil, line, badLine(line, "%s is true or false, not %q.", name, cell)
			}
		}
		if members[name], err = json.Marshal(value); err != nil {
			return nil, line, fmt.Errorf("line %d: %w", line, err)
		}
	}
	return members, line, nil
}

func badLine(line int, format string, args ...any) error {
	return fault.New(fault.Invalid, "InvalidModel", "Line %d: %s", line, fmt.Sprintf(format, args...))
}

// read turns a line into what it means.
func readImport(members map[string]json.RawMessage, line int) (importLine, error) {
	var id, kind, odataType string
	var in importLine
	var of, holds []string
	for name, at := range map[string]any{
		"id": &id, "type": &kind, "@odata.type": &odataType, "manager": &in.Manager, "memberOf": &of, "members": &holds,
	} {
		raw, ok := members[name]
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, at); err != nil {
			return in, badLine(line, "%s has the wrong type: %v", name, err)
		}
		delete(members, name)
	}
	if kind == "" {
		kind = strings.TrimPrefix(strings.TrimPrefix(odataType, "#"), "microsoft.graph.")
	}
	entity := wire.User
	in.Line, in.ID = line, directory.ObjectID(strings.ToLower(id))
	switch kind {
	case "", "user":
		in.Kind = directory.KindUser
		in.Key = textOf(members["userPrincipalName"])
	case "group":
		in.Kind, entity = directory.KindGroup, wire.Group
		in.Key = textOf(members["mailNickname"])
	default:
		return in, badLine(line, "type is user or group, not %q.", kind)
	}
	if in.ID == "" && in.Key == "" {
		return in, badLine(line, "an id is needed, or the userPrincipalName of a user or the mailNickname of a group.")
	}
	key := in.Key
	if in.ID != "" {
		key = string(in.ID)
	}
	for _, group := range of {
		in.links = append(in.links, engine.ImportedMember{Line: line, Group: group, Member: key})
	}
	for _, member := range holds {
		in.links = append(in.links, engine.ImportedMember{Line: line, Group: key, Member: member})
	}
	body, err := json.Marshal(members)
	if err != nil {
		return in, fmt.Errorf("line %d: %w", line, err)
	}
	in.Edit = func(o *directory.Object) error {
		if err := entity.Decode(body, wire.V1, o, wire.DecodeOptions{Mode: wire.Merge}); err != nil {
			return err
		}
		if o.User != nil && o.User.MailNickname == "" {
			o.User.MailNickname, _, _ = strings.Cut(o.PrincipalName, "@")
		}
		return nil
	}
	return in, nil
}

func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "" // what reads the object says what is wrong
	}
	return s
}
