package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// preparedLimit is how many statements a connection keeps. The texts of
// lists vary with their filters; all others are far fewer.
const preparedLimit = 300

// sqliteConn is one connection with its prepared statements. It is used by
// one goroutine at a time.
//
// It calls the library itself. The way through database/sql and its driver
// describes every column of every answer anew, copies every argument into
// memory of its own, and has a goroutine watch every context: for the small
// statements of this store that costs more than SQLite does.
type sqliteConn struct {
	tls      *libc.TLS
	db       uintptr
	out      uintptr // room for a pointer that the library returns
	prepared map[string]*sqliteStmt
}

// sqliteStmt is a prepared statement. The texts bound to it stand in a
// buffer of its own, which the library reads until the statement is reset.
type sqliteStmt struct {
	handle  uintptr
	columns int
	params  []int // for each parameter, which argument it takes
	wanted  int   // how many arguments
	buffer  uintptr
	size    int
}

// sqliteError is an error of the library.
type sqliteError struct {
	code int // extended
	text string
}

// Error names the error and its code.
func (e *sqliteError) Error() string { return fmt.Sprintf("sqlite: %s (%d)", e.text, e.code) }

// pointerSize is the room that a pointer takes.
const pointerSize = int(unsafe.Sizeof(uintptr(0)))

// usualBuffer is how large a statement's buffer may stay.
const usualBuffer = 64 << 10

func openSQLiteConn(file string) (*sqliteConn, error) {
	c := &sqliteConn{tls: libc.NewTLS(), prepared: map[string]*sqliteStmt{}}
	if err := c.open(file); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *sqliteConn) open(file string) (err error) {
	if c.out, err = c.allocate(pointerSize); err != nil {
		return err
	}
	name, err := libc.CString(file)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	// Nobody else uses the connection, so the library need not lock it.
	code := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_NOMUTEX, 0)
	c.db = *(*uintptr)(at(c.out)) // there may be one to be closed even after an error
	if code != sqlite3.SQLITE_OK {
		return c.fail(code)
	}
	if code := sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1); code != sqlite3.SQLITE_OK {
		return c.fail(code)
	}
	return c.stablePlans()
}

// stablePlans keeps the plans of statements whatever is bound to them. Once
// somebody has run ANALYZE, the library would plan each statement anew for
// each execution, because its figures tell common values from rare ones; that
// takes longer than most of the statements.
func (c *sqliteConn) stablePlans() error {
	const on = int32(1)
	args := libc.NewVaList(on, uintptr(0))
	defer libc.Xfree(c.tls, args)
	if code := sqlite3.Xsqlite3_db_config(c.tls, c.db, sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, args); code != sqlite3.SQLITE_OK {
		return c.fail(code)
	}
	return nil
}

// allocate takes memory that the library may see.
func (c *sqliteConn) allocate(n int) (uintptr, error) {
	p := libc.Xmalloc(c.tls, libc.Tsize_t(n))
	if p == 0 {
		return 0, fmt.Errorf("sqlite: no memory for %d bytes", n)
	}
	return p, nil
}

// at turns an address in the library's memory, which Go does not move, into
// a pointer.
func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func (c *sqliteConn) fail(code int32) error {
	e := &sqliteError{code: int(code), text: libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, code))}
	if c.db != 0 {
		e.text = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
	}
	return e
}

func (c *sqliteConn) prepare(text string) (*sqliteStmt, error) {
	if stmt, ok := c.prepared[text]; ok {
		return stmt, nil
	}
	source, err := libc.CString(text)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, source)
	code := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, source, int32(len(text)+1), sqlite3.SQLITE_PREPARE_PERSISTENT, c.out, 0)
	if code != sqlite3.SQLITE_OK {
		return nil, c.fail(code)
	}
	handle := *(*uintptr)(at(c.out))
	if handle == 0 {
		return nil, errors.New("sqlite: an empty statement")
	}
	if len(c.prepared) >= preparedLimit {
		for old, victim := range c.prepared { // any will do: what is used often is soon back
			delete(c.prepared, old)
			c.finalize(victim)
			break
		}
	}
	stmt := &sqliteStmt{
		handle:  handle,
		columns: int(sqlite3.Xsqlite3_column_count(c.tls, handle)),
	}
	if err := c.number(stmt); err != nil {
		c.finalize(stmt)
		return nil, err
	}
	c.prepared[text] = stmt
	return stmt, nil
}

// number finds out which argument each parameter takes. To the library $2 is
// a name: it numbers parameters as they appear in the text.
func (c *sqliteConn) number(s *sqliteStmt) error {
	s.params = make([]int, sqlite3.Xsqlite3_bind_parameter_count(c.tls, s.handle))
	for i := range s.params {
		name := libc.GoString(sqlite3.Xsqlite3_bind_parameter_name(c.tls, s.handle, int32(i+1)))
		n, err := strconv.Atoi(strings.TrimPrefix(name, "$"))
		if err != nil || n < 1 {
			return fmt.Errorf("sqlite: a parameter is called %q", name)
		}
		s.params[i] = n - 1
		s.wanted = max(s.wanted, n)
	}
	return nil
}

// finalize frees a statement. The error that the library returns here is the
// one of its last run, which was told then.
func (c *sqliteConn) finalize(s *sqliteStmt) {
	sqlite3.Xsqlite3_finalize(c.tls, s.handle)
	if s.buffer != 0 {
		libc.Xfree(c.tls, s.buffer)
	}
}

// bind sets all parameters of a statement.
func (c *sqliteConn) bind(s *sqliteStmt, args []any) error {
	if len(args) < s.wanted {
		return fmt.Errorf("sqlite: %d arguments for %d parameters", len(args), s.wanted)
	}
	need := 1
	for _, a := range args {
		if text, ok := a.(string); ok {
			need += len(text)
		}
	}
	if err := c.reserve(s, need); err != nil {
		return err
	}
	room := unsafe.Slice((*byte)(at(s.buffer)), s.size)
	used := 0
	for i, n := range s.params {
		var code int32
		switch a := args[n].(type) {
		case nil:
			code = sqlite3.Xsqlite3_bind_null(c.tls, s.handle, int32(i+1))
		case string:
			n := copy(room[used:], a)
			code = sqlite3.Xsqlite3_bind_text(c.tls, s.handle, int32(i+1), s.buffer+uintptr(used), int32(n), sqlite3.SQLITE_STATIC)
			used += n
		case int64:
			code = sqlite3.Xsqlite3_bind_int64(c.tls, s.handle, int32(i+1), a)
		case int:
			code = sqlite3.Xsqlite3_bind_int64(c.tls, s.handle, int32(i+1), int64(a))
		default:
			return fmt.Errorf("sqlite: argument %d is a %T", n+1, a)
		}
		if code != sqlite3.SQLITE_OK {
			return c.fail(code)
		}
	}
	return nil
}

// reserve makes the buffer of a statement large enough; nothing refers to
// what is in it.
func (c *sqliteConn) reserve(s *sqliteStmt, need int) (err error) {
	if need <= s.size && (s.size <= usualBuffer || need > usualBuffer) {
		return nil
	}
	if s.buffer != 0 {
		libc.Xfree(c.tls, s.buffer)
		s.buffer, s.size = 0, 0
	}
	size := max(need+need/2, 512)
	if s.buffer, err = c.allocate(size); err != nil {
		return err
	}
	s.size = size
	return nil
}

// run binds the arguments and hands each row to each, which may be nil. It
// ends when the context does.
func (c *sqliteConn) run(ctx context.Context, text string, args []any, each func(scanner) error) (err error) {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	if err := c.bind(s, args); err != nil {
		return err
	}
	defer sqlite3.Xsqlite3_reset(c.tls, s.handle) // it repeats the error of the last step
	if ctx.Done() != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		defer c.watch(ctx)()
	}
	row := sqliteRow{c, s}
	for {
		switch code := sqlite3.Xsqlite3_step(c.tls, s.handle); code {
		case sqlite3.SQLITE_DONE:
			return nil
		case sqlite3.SQLITE_ROW:
			if each == nil {
				continue
			}
			if err := each(row); err != nil {
				return err
			}
		default:
			if code&0xff == sqlite3.SQLITE_INTERRUPT && ctx.Err() != nil {
				return ctx.Err()
			}
			return c.fail(code)
		}
	}
}

// watch interrupts what runs when the context ends. Once the function that
// it returns has returned, nothing is interrupted any more.
func (c *sqliteConn) watch(ctx context.Context) (unwatch func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		tls := libc.NewTLS() // that of the connection is in use
		defer tls.Close()
		sqlite3.Xsqlite3_interrupt(tls, c.db)
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

func (c *sqliteConn) query(ctx context.Context, text string, args []any, each func(scanner) error) error {
	return c.run(ctx, text, args, each)
}

func (c *sqliteConn) exec(ctx context.Context, text string, args []any) (int64, error) {
	if err := c.run(ctx, text, args, nil); err != nil {
		return 0, err
	}
	return int64(sqlite3.Xsqlite3_changes(c.tls, c.db)), nil
}

// control begins or ends a transaction, which nothing may interrupt.
func (c *sqliteConn) control(text string) error {
	return c.run(context.Background(), text, nil, nil)
}

func (c *sqliteConn) close() error {
	for _, s := range c.prepared {
		c.finalize(s)
	}
	clear(c.prepared)
	var err error
	if c.db != 0 {
		if code := sqlite3.Xsqlite3_close(c.tls, c.db); code != sqlite3.SQLITE_OK {
			err = c.fail(code)
		}
		c.db = 0
	}
	if c.out != 0 {
		libc.Xfree(c.tls, c.out)
		c.out = 0
	}
	c.tls.Close()
	return err
}

// sqliteRow is the row that a statement has come to.
type sqliteRow struct {
	conn *sqliteConn
	stmt *sqliteStmt
}

// Scan reads the columns in order.
func (r sqliteRow) Scan(dest ...any) error {
	if len(dest) != r.stmt.columns {
		return fmt.Errorf("sqlite: %d destinations for %d columns", len(dest), r.stmt.columns)
	}
	for i, d := range dest {
		if err := r.scan(int32(i), d); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func (r sqliteRow) scan(i int32, dest any) error {
	switch d := dest.(type) {
	case ignored:
		return nil
	case sql.Scanner:
		return d.Scan(r.value(i))
	}
	kind := sqlite3.Xsqlite3_column_type(r.conn.tls, r.stmt.handle, i)
	switch d := dest.(type) {
	case *string:
		if kind == sqlite3.SQLITE_TEXT {
			*d = r.text(i)
			return nil
		}
	case *int64:
		if kind == sqlite3.SQLITE_INTEGER {
			*d = r.integer(i)
			return nil
		}
	case *any:
		*d = r.value(i)
		return nil
	default:
		v := reflect.ValueOf(dest)
		if v.Kind() != reflect.Pointer || v.IsNil() {
			return fmt.Errorf("no destination: %T", dest)
		}
		switch v = v.Elem(); {
		case v.Kind() == reflect.Pointer && kind == sqlite3.SQLITE_NULL:
			v.SetZero()
			return nil
		case v.Kind() == reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			return r.scan(i, v.Interface())
		case v.Kind() == reflect.String && kind == sqlite3.SQLITE_TEXT:
			v.SetString(r.text(i))
			return nil
		case v.CanInt() && kind == sqlite3.SQLITE_INTEGER && !v.OverflowInt(r.integer(i)):
			v.SetInt(r.integer(i))
			return nil
		}
	}
	return fmt.Errorf("a %T does not fit into a %T", r.value(i), dest)
}

func (r sqliteRow) integer(i int32) int64 {
	return sqlite3.Xsqlite3_column_int64(r.conn.tls, r.stmt.handle, i)
}

func (r sqliteRow) text(i int32) string {
	p := sqlite3.Xsqlite3_column_text(r.conn.tls, r.stmt.handle, i)
	n := sqlite3.Xsqlite3_column_bytes(r.conn.tls, r.stmt.handle, i)
	if p == 0 || n == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(at(p)), n))
}

// value returns a column as nil, int64, float64 or string.
func (r sqliteRow) value(i int32) any {
	switch sqlite3.Xsqlite3_column_type(r.conn.tls, r.stmt.handle, i) {
	case sqlite3.SQLITE_NULL:
		return nil
	case sqlite3.SQLITE_INTEGER:
		return r.integer(i)
	case sqlite3.SQLITE_FLOAT:
		return sqlite3.Xsqlite3_column_double(r.conn.tls, r.stmt.handle, i)
	default:
		return r.text(i)
	}
}
