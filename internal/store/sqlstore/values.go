package sqlstore

import (
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// instant scans microseconds since 1970 into a time; null becomes the zero
// time.
type instant struct{ to *time.Time }

// Scan takes the value of a column.
func (i instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*i.to = time.Time{}
	case int64:
		*i.to = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("no instant: %T", v)
	}
	return nil
}

// truth scans 0 and 1 into a bool.
type truth struct{ to *bool }

// Scan takes the value of a column.
func (t truth) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("no flag: %T", v)
	}
	*t.to = n != 0
	return nil
}

// micros is the value of an instant that is always set.
func micros(t time.Time) int64 { return t.UnixMicro() }

// microsOrNull is the value of an instant that may be zero.
func microsOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// flag is the value of a bool.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// name is the value of a text that is compared without regard to case.
func name(s string) string { return directory.Fold(s) }

// nameOrNull is name for columns in which an empty text is null.
func nameOrNull(s string) any {
	if s == "" {
		return nil
	}
	return directory.Fold(s)
}

// textOrNull is the value of a text in a column in which an empty one is null.
func textOrNull[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}
