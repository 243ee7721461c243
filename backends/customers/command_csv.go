package customers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

// notKept are columns of EC-CUBE 2's dtb_customer that the API does not know.
var notKept = []string{"company_name", "zipcode", "country_id", "salt", "mobile_phone_id"}

func importCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "import FILE.csv",
		Short: "Imports customers from EC-CUBE 2's dtb_customer as CSV",
		Long: `Imports customers from a CSV file (UTF-8) with a header line that names columns
of dtb_customer, in any order. Needed are customer_id, name01, name02 and email;
a column that is not there is empty. Ids, dates, secret keys and what is deleted
stay as they are. Passwords stand in clear in the file and are sealed on the way
in. ` + strings.Join(notKept, ", ") + ` may be there and are not kept.

Everything is checked first, by the rules of the API; each fault is told with its
line. Then all customers are written, or none. An id that is taken is a fault,
and so is the address of a living customer. An SQLite file lets nobody else write
meanwhile: stop the gateway, or import while nobody writes.`,
		Example: `  sekisho customers import dtb_customer.csv
  zcat dtb_customer.csv.gz | sekisho customers import -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := kit.OpenCSV(args[0], cmd.InOrStdin(), csvFormat())
			if err != nil {
				return err
			}
			defer file.Close()
			return stores.ForCommand(cmd, func(ctx context.Context, opened *stores.Stores) error {
				imported, dropped, err := importCSV(ctx, &store{opened}, file)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%d customers are imported.\n", imported)
				if len(dropped) > 0 {
					fmt.Fprintf(cmd.ErrOrStderr(), "Not kept: %s.\n", strings.Join(dropped, ", "))
				}
				return nil
			})
		},
	})
}

func exportCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "export [FILE.csv]",
		Short: "Exports all customers as CSV, with their passwords in clear",
		Long: `Exports all customers, the deleted ones too, with every column of the API, as
CSV (UTF-8) that import takes again; without FILE to standard output.

The file holds passwords and reminder answers in clear. It is made so that only
you can read it; keep it so.`,
		Example: `  sekisho customers export dtb_customer.csv
  sekisho customers export | gpg --encrypt --recipient backup > dtb_customer.csv.gpg`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "-"
			if len(args) > 0 {
				path = args[0]
			}
			return stores.ForCommand(cmd, func(ctx context.Context, opened *stores.Stores) error {
				file, err := kit.CreateCSV(path, cmd.OutOrStdout(), csvColumns()...)
				if err != nil {
					return err
				}
				defer file.Abandon()
				exported, err := exportCSV(ctx, &store{opened}, file)
				if err != nil {
					return err
				}
				if err := file.Close(); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "%d customers are exported.\n", exported)
				return nil
			})
		},
	})
}

// csvColumns are the columns of an export, in the order of the document.
func csvColumns() []string {
	names := []string{colID}
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

func csvFormat() kit.CSVFormat {
	format := kit.CSVFormat{Columns: []kit.CSVColumn{{Name: colID, Required: true}}}
	for _, c := range columns {
		format.Columns = append(format.Columns, kit.CSVColumn{Name: c.name, Required: c.required})
	}
	for _, name := range notKept {
		format.Columns = append(format.Columns, kit.CSVColumn{Name: name})
	}
	return format
}

// exportCSV writes every customer.
func exportCSV(ctx context.Context, s *store, file *kit.CSVWriter) (exported int, err error) {
	values := make([]string, 0, len(columns)+1)
	err = s.each(ctx, func(c customer) error {
		values = append(values[:0], fmt.Sprint(c.ID))
		for _, column := range columns {
			values = append(values, c.Values[column.name])
		}
		exported++
		return file.Write(values...)
	})
	return exported, err
}

// importCSV checks the file, and then keeps its customers, all or none.
func importCSV(ctx context.Context, s *store, file *kit.CSVFile) (imported int, dropped []string, err error) {
	checks, err := newImportChecks(ctx, s)
	if err != nil {
		return 0, nil, err
	}
	err = file.Check(ctx, func(row kit.CSVRow) error {
		dropped = dropped[:0]
		for _, name := range notKept {
			if row.Has(name) {
				dropped = append(dropped, name)
			}
		}
		return checks.row(ctx, row)
	})
	if err != nil {
		return 0, nil, err
	}
	imported, err = s.importAll(ctx, func(keep func(customer) error) error {
		return file.Apply(ctx, func(row kit.CSVRow) error {
			c, err := readRow(row)
			if err != nil {
				return err
			}
			return keep(c)
		})
	})
	if fault.Is(err, fault.Conflict) {
		err = errors.New("somebody took one of the ids or addresses meanwhile; nothing was imported")
	}
	return imported, dropped, err
}

// readRow gives a row's customer, or all of the row's faults.
func readRow(row kit.CSVRow) (customer, error) {
	var faults []error
	c := customer{Values: make(record, len(columns))}
	id, ok := parseID(row.Get(colID))
	if !ok || id == 0 || id > kit.LargestID {
		faults = append(faults, row.Fault(colID, "must be a number from 1 to 9007199254740991"))
	}
	c.ID = id
	for _, column := range columns {
		value := row.Get(column.name)
		switch err := column.check(value); {
		case fault.Is(err, fault.Missing):
			faults = append(faults, row.Fault(column.name, "must not be empty"))
		case err != nil:
			faults = append(faults, row.Fault(column.name, "must be "+column.form.words))
		}
		c.Values[column.name] = value
	}
	return c, errors.Join(faults...)
}

// importChecks finds ids and addresses that are there twice, within the file or
// with what is in the database already.
type importChecks struct {
	store     *store
	empty     bool // the database
	ids       map[int64]int
	addresses map[string]int // of living customers, by their line
}

func newImportChecks(ctx context.Context, s *store) (*importChecks, error) {
	empty, err := s.empty(ctx)
	return &importChecks{store: s, empty: empty, ids: map[int64]int{}, addresses: map[string]int{}}, err
}

func (i *importChecks) row(ctx context.Context, row kit.CSVRow) error {
	c, err := readRow(row)
	if err != nil {
		return err
	}
	var faults []error
	if line, taken := i.ids[c.ID]; taken {
		faults = append(faults, row.Fault(colID, fmt.Sprintf("stands in line %d already", line)))
	}
	i.ids[c.ID] = row.Line()
	key, alive := kit.MailKey(c.Values[colEmail]), c.Values[colDeleted] != "1"
	if alive {
		if line, taken := i.addresses[key]; taken {
			faults = append(faults, row.Fault(colEmail, fmt.Sprintf("stands in line %d already, and both customers live", line)))
		}
		i.addresses[key] = row.Line()
	}
	if !i.empty {
		idTaken, addressTaken, err := i.store.taken(ctx, c.ID, key)
		if err != nil {
			return err
		}
		if idTaken {
			faults = append(faults, row.Fault(colID, "there is such a customer already"))
		}
		if alive && addressTaken {
			faults = append(faults, row.Fault(colEmail, "a living customer in the database has it"))
		}
	}
	return errors.Join(faults...)
}
