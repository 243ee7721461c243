package stores

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Schema is what an API brings to the stores. Each backend registers one when
// the program starts, as Caddy modules do; commands that concern every API
// (migrate, demo, reseal) walk over all of them.
type Schema struct {
	// Name is the API's name: "customers".
	Name string

	// Migrations are files NNNN_words.sql, run in the order of their names, one
	// transaction each. They are templates over a [Dialect], so that one file
	// serves both databases: {{.Serial}}, {{.Bytes}}.
	Migrations fs.FS

	// Tables are those that must be empty before demo data may come in.
	Tables []string

	// Sealed names the columns that `sekisho reseal` must seal anew.
	Sealed []SealedColumns

	// Demo loads the API's demo data. Running it again changes nothing.
	Demo func(ctx context.Context, s *Stores) error
}

// SealedColumns are the sealed columns (of the type {{.Bytes}}, empty or NULL
// where there is nothing) of one table. A value in column c of the row whose ID
// column reads 17 is sealed for the purpose "table.c:17", see [Purpose].
type SealedColumns struct {
	Table   string
	ID      string
	Columns []string
}

// Purpose is what a sealed column's value is bound to, so that it opens in no
// other row or column.
func Purpose(table, column string, id any) string {
	if number, ok := id.(int64); ok { // nearly always, and for each sealed value that is read
		return table + "." + column + ":" + strconv.FormatInt(number, 10)
	}
	return fmt.Sprintf("%s.%s:%v", table, column, id)
}

var schemas struct {
	sync.Mutex
	all []Schema
}

// Register adds an API's schema. It is called from init functions; a name that
// is taken panics.
func Register(schema Schema) {
	schemas.Lock()
	defer schemas.Unlock()
	for _, other := range schemas.all {
		if other.Name == schema.Name {
			panic("stores: schema " + schema.Name + " registered twice")
		}
	}
	schemas.all = append(schemas.all, schema)
	slices.SortFunc(schemas.all, func(a, b Schema) int { return strings.Compare(a.Name, b.Name) })
}

// Schemas are the registered schemas by name, the house's own first.
func Schemas() []Schema {
	schemas.Lock()
	defer schemas.Unlock()
	return append([]Schema{houseSchema()}, schemas.all...)
}
