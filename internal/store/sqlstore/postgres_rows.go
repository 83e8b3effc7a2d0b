package sqlstore

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// postgresRow is a row as the server sent it. All columns are integers or
// texts, so it is scanned without asking pgx how, which takes longer than
// the scanning, and in any goroutine.
type postgresRow struct {
	columns []encoding
	values  [][]byte // nil: null
}

// encoding tells how the values of a column are written.
type encoding byte

const (
	asText    encoding = iota
	asNumber           // big-endian, of 2, 4 or 8 bytes
	asDecimal          // digits
)

// columnsOf tells how the values of an answer are written.
func columnsOf(fields []pgconn.FieldDescription) []encoding {
	columns := make([]encoding, len(fields))
	for i, f := range fields {
		switch f.DataTypeOID {
		case pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID:
			columns[i] = asDecimal
			if f.Format == pgtype.BinaryFormatCode {
				columns[i] = asNumber
			}
		}
	}
	return columns
}

// Scan implements scanner.
func (r *postgresRow) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("scan %d columns into %d variables", len(r.values), len(dest))
	}
	for i, d := range dest {
		if err := r.scan(i, d); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func (r *postgresRow) scan(i int, dest any) error {
	switch dest := dest.(type) {
	case ignored:
		return nil
	case sql.Scanner:
		if r.values[i] == nil {
			return dest.Scan(nil)
		}
		if r.columns[i] == asText {
			return dest.Scan(string(r.values[i]))
		}
		n, err := r.number(i)
		if err != nil {
			return err
		}
		return dest.Scan(n)
	case **string:
		*dest = nil
		if v := r.values[i]; v != nil {
			s := string(v)
			*dest = &s
		}
		return nil
	case **int64:
		*dest = nil
		if r.values[i] == nil {
			return nil
		}
		n, err := r.number(i)
		*dest = &n
		return err
	}
	if r.values[i] == nil {
		return fmt.Errorf("null cannot be a %T", dest)
	}
	if dest, ok := dest.(*string); ok && r.columns[i] == asText {
		*dest = string(r.values[i])
		return nil
	}
	to := reflect.ValueOf(dest).Elem()
	if r.columns[i] == asText {
		if to.Kind() != reflect.String {
			return fmt.Errorf("a text cannot be a %T", dest)
		}
		to.SetString(string(r.values[i]))
		return nil
	}
	n, err := r.number(i)
	if err != nil {
		return err
	}
	if !to.CanInt() || to.OverflowInt(n) {
		return fmt.Errorf("%d cannot be a %T", n, dest)
	}
	to.SetInt(n)
	return nil
}

func (r *postgresRow) number(i int) (int64, error) {
	v := r.values[i]
	if r.columns[i] == asDecimal {
		return strconv.ParseInt(string(v), 10, 64)
	}
	switch len(v) {
	case 8:
		return int64(binary.BigEndian.Uint64(v)), nil
	case 4:
		return int64(int32(binary.BigEndian.Uint32(v))), nil
	case 2:
		return int64(int16(binary.BigEndian.Uint16(v))), nil
	}
	return 0, fmt.Errorf("a number of %d bytes", len(v))
}

// scanAll hands each row to each, which may not keep it.
func scanAll(rows pgx.Rows, each func(scanner) error) error {
	var row postgresRow
	for rows.Next() {
		if row.columns == nil {
			row.columns = columnsOf(rows.FieldDescriptions())
		}
		row.values = rows.RawValues()
		if err := each(&row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// answer is all rows of an answer, one after the other.
type answer struct {
	columns []encoding
	values  [][]byte
}

// keepAll reads an answer to its end.
func keepAll(rows pgx.Rows) (*answer, error) {
	a := &answer{}
	var space []byte
	for rows.Next() {
		raw := rows.RawValues()
		if a.columns == nil {
			a.columns = columnsOf(rows.FieldDescriptions())
			a.values = make([][]byte, 0, len(raw))
		}
		total := 0
		for _, v := range raw {
			total += len(v)
		}
		if cap(space)-len(space) < total {
			space = make([]byte, 0, 2*total)
		}
		for _, v := range raw {
			if v != nil {
				at := len(space)
				space = append(space, v...)
				v = space[at:len(space):len(space)]
			}
			a.values = append(a.values, v)
		}
	}
	return a, rows.Err()
}

// scan is scanAll for what was kept.
func (a *answer) scan(each func(scanner) error) error {
	n := len(a.columns)
	for at := 0; at < len(a.values); at += n {
		if err := each(&postgresRow{a.columns, a.values[at : at+n]}); err != nil {
			return err
		}
	}
	return nil
}
