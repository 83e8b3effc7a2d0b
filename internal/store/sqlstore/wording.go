package sqlstore

// wording is how rows of a table are written.
type wording struct {
	table string
	what  writing

	rows    func(n int) string  // the text for n rows, value by value
	columns func() string       // the text for any number of rows, with an array for each column
	exact   bool                // all rows must be affected
	each    func(scanner) error // takes the rows it returns; may be nil
}

// writing is what happens to rows.
type writing int

const (
	deleting writing = iota
	replacing
	adding
)

// chunks are the numbers of rows for which there are texts. Few of them keep
// the number of prepared statements small.
var chunks = [...]int{100, 20, 5, 3, 2, 1}

// writes adds the statements for the rows.
func (s *Store) writes(ops []op, tenant int64, rows [][]any, w wording) []op {
	if s.dialect.columns && len(rows) > 1 {
		text := s.text(textKey{w.table, w.what, 0}, func(int) string { return w.columns() })
		return append(ops, w.op(text, columnArgs(tenant, rows), len(rows)))
	}
	for len(rows) > 0 {
		n := 1
		for _, size := range chunks {
			if size <= len(rows) && w.what != replacing {
				n = size
				break
			}
		}
		args := make([]any, 1, 1+n*len(rows[0]))
		args[0] = tenant
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		ops = append(ops, w.op(s.text(textKey{w.table, w.what, n}, w.rows), args, n))
		rows = rows[n:]
	}
	return ops
}

// op is a statement for n rows.
func (w wording) op(text string, args []any, n int) op {
	o := op{text: text, args: args, want: -1, each: w.each}
	if w.exact {
		o.want = int64(n)
	}
	if w.what == adding {
		o.table, o.added = w.table, n
	}
	return o
}

// textKey names a statement for n rows of a table; 0 stands for any number.
type textKey struct {
	table string
	what  writing
	rows  int
}

// text returns a statement that is made once.
func (s *Store) text(k textKey, write func(n int) string) string {
	if known, ok := s.texts.Load(k); ok {
		return known.(string)
	}
	t := write(k.rows)
	s.texts.Store(k, t)
	return t
}
