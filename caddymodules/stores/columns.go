package stores

import (
	"reflect"
	"strings"
	"sync"

	"github.com/uptrace/bun"
)

// ColumnsOf has a query select Row's columns of the table that it calls alias, by
// their names, for [bun.SelectQuery.Apply]; each is called prefix and its name.
//
// A query must not select alias.*: while a later version is rolled out, its
// migrations have added columns of which this one knows nothing.
func ColumnsOf[Row any](alias, prefix string) func(*bun.SelectQuery) *bun.SelectQuery {
	var listing sync.Once
	var list string
	return func(query *bun.SelectQuery) *bun.SelectQuery {
		listing.Do(func() {
			var all []string
			for _, field := range query.DB().Dialect().Tables().Get(reflect.TypeFor[Row]()).Fields {
				all = append(all, `"`+alias+`"."`+field.Name+`" AS "`+prefix+field.Name+`"`)
			}
			list = strings.Join(all, ", ")
		})
		return query.ColumnExpr(list)
	}
}
