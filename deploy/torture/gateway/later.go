package main

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"testing/fstest"

	"sekisho/caddymodules/stores"
)

// laterBy says how many versions later than today's this gateway is.
const laterBy = "SEKISHO_TORTURE_LATER"

// Each later version has a column more in every table, which the version before
// finds there and knows nothing of. Each table is a step of its own: nobody waits
// for more than one.
func init() {
	count, _ := strconv.Atoi(os.Getenv(laterBy))
	if count == 0 {
		return
	}
	tables, err := tablesOfToday()
	if err != nil {
		panic(err)
	}
	files := fstest.MapFS{}
	for version := range count {
		for _, table := range tables {
			files[fmt.Sprintf("%04d_%s.sql", version+1, table)] = &fstest.MapFile{
				Data: fmt.Appendf(nil, "ALTER TABLE %s ADD COLUMN later_%d TEXT NOT NULL DEFAULT '';\n", table, version+1),
			}
		}
	}
	stores.Register(stores.Schema{Name: "zz_torture", Migrations: files})
}

var createTable = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)

// tablesOfToday are all that the migrations of this version make.
func tablesOfToday() (tables []string, err error) {
	for _, schema := range stores.Schemas() {
		names, err := fs.Glob(schema.Migrations, "*.sql")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			script, err := fs.ReadFile(schema.Migrations, name)
			if err != nil {
				return nil, err
			}
			for _, found := range createTable.FindAllSubmatch(script, -1) {
				tables = append(tables, string(found[1]))
			}
		}
	}
	return tables, nil
}
