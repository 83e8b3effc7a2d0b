package sqlstore

import (
	"context"
	"fmt"

	"github.com/grantkeep/grantkeep/internal/query"
)

// listEach answers q with one statement: the rows of each parent are numbered
// in its own order, and the first numbers of all parents come before the
// second ones, so that cutting at the total is fair.
func listEach[T any](ctx context.Context, r *reader, l listing, columns string, scan func(scanner) (T, error),
	q query.Each, only func(s *statement, tenant string),
) (map[string]query.Page[T], error) {
	pages := make(map[string]query.Page[T], len(q.Parents))
	none := query.Page[T]{Count: -1, Rows: []T{}}
	if q.Count {
		none.Count = 0
	}
	for _, p := range q.Parents {
		pages[p] = none
	}
	if len(pages) == 0 {
		return pages, nil
	}
	terms, err := l.terms(q.List)
	if err != nil {
		return nil, err
	}
	s, err := l.selectEach(r.store.dialect, r.no, columns, terms, q, only)
	if err != nil {
		return nil, err
	}
	err = r.query(ctx, s.String(), s.args, func(row scanner) error {
		var of place
		v, err := scan(ofParent{withKey{row, terms}, &of})
		if err != nil {
			return err
		}
		page := pages[of.parent]
		if q.Count {
			page.Count = of.count
		}
		if of.number > int64(q.Skip) && of.number <= int64(q.Skip+q.Limit) {
			page.Rows = append(page.Rows, v)
			page.Next = nil
			if of.followed != 0 {
				page.Next = lastKey(terms)
			}
		}
		pages[of.parent] = page
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list %s of %d parents: %w", l.collection, len(pages), err)
	}
	return pages, nil
}

// selectEach writes the statement. Counting needs a row even of a parent all
// of whose rows are skipped.
func (l listing) selectEach(d dialect, tenant int64, columns string, terms []*term, q query.Each, only func(s *statement, tenant string)) (*statement, error) {
	parent, err := l.column(q.Field)
	if err != nil {
		return nil, err
	}
	parents := query.In{Field: q.Field}
	for _, p := range q.Parents {
		parents.Values = append(parents.Values, p)
	}
	s := &statement{}
	no := s.arg(tenant)
	s.add("SELECT * FROM (SELECT ", qualified(columns, l.table))
	for i, t := range terms {
		s.add(", ", t.value(no), fmt.Sprintf(" AS key_%d", i))
	}
	s.add(", ", parent.value(no), " AS of_parent, row_number() OVER ordered AS number")
	s.add(", CASE WHEN lead(1) OVER ordered IS NULL THEN 0 ELSE 1 END AS followed, ")
	if q.Count {
		s.add("count(*) OVER (PARTITION BY ", parent.value(no), ")")
	} else {
		s.add("-1")
	}
	s.add(" AS matching")
	if err := l.restrict(s, d, no, query.AllOf(parents, q.Where), only); err != nil {
		return nil, err
	}
	s.add(" WINDOW ordered AS (PARTITION BY ", parent.value(no), " ORDER BY ")
	writeOrder(s, no, terms)
	s.add(")) numbered WHERE number > ", s.arg(int64(q.Skip)), " AND number <= ", s.arg(int64(q.Skip)+int64(q.Limit)))
	least := len(q.Parents)
	if q.Count {
		s.add(" OR number = 1")
		least *= 2
	}
	s.add(" ORDER BY number, of_parent LIMIT ", s.arg(int64(max(q.Total, least))))
	return s, nil
}

// place is what a row of listEach says about its place.
type place struct {
	parent                  string
	number, followed, count int64
}

// ofParent is a row that ends in its place.
type ofParent struct {
	withKey
	of *place
}

// Scan reads the columns of the object, the key and the place.
func (o ofParent) Scan(dest ...any) error {
	return o.scanner.Scan(append(o.into(dest), &o.of.parent, &o.of.number, &o.of.followed, &o.of.count)...)
}
