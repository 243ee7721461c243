package crm

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
)

// The longest values of the masters, in characters.
const (
	longestShopName      = 100
	longestRankName      = 100
	longestAttributeName = 20
)

func importShopsCommand() *cobra.Command {
	return importCommand(table{
		what: "shops",
		columns: `  code  店舗CD, at most 8 characters, each once
  name  at most 100 characters

A shop that is there already gets the name of the file.`,
		format: kit.CSVColumns("code!", "name!"),
		bring: func(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
			return importMaster(ctx, file, "code", shopIn, func(o shop) string { return o.Code }, kept.importShops)
		},
	})
}

func shopIn(f *kit.CSVFields) shop {
	return shop{Code: keyIn(f, "code", longestShop), Name: textIn(f, "name", longestShopName)}
}

func importRanksCommand() *cobra.Command {
	return importCommand(table{
		what: "ranks",
		columns: `  code  at most 8 characters, each once
  name  at most 100 characters
  rate  by which points are multiplied, 1.1 say; at most two digits behind the
        point

A rank that is there already gets the name and rate of the file.`,
		format: kit.CSVColumns("code!", "name!", "rate!"),
		bring: func(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
			return importMaster(ctx, file, "code", rankIn, termKey, kept.importTerms)
		},
	})
}

func rankIn(f *kit.CSVFields) term {
	return term{Kubun: kubunRank, Code: keyIn(f, "code", longestRank), Name: textIn(f, "name", longestRankName), Rate: rateIn(f)}
}

var rateForm = regexp.MustCompile(`^[0-9]{1,4}(\.[0-9]{1,2})?$`)

// rateIn reads a rate, in hundredths.
func rateIn(f *kit.CSVFields) int64 {
	text := f.Get("rate")
	if !rateForm.MatchString(text) {
		f.Fail("rate", "must be a number from 0 to 9999.99 with at most two digits behind the point")
		return 0
	}
	whole, part, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(whole+(part + "00")[:2], 10, 64) // of the form
	return n
}

func rateOut(rate int64) string { return fmt.Sprintf("%d.%02d", rate/100, rate%100) }

func importAttributesCommand() *cobra.Command {
	return importCommand(table{
		what: "attributes",
		columns: `  kind  1 for Attribute1 (brands), 2 for Attribute2 (shops)
  id    at most 10 characters, each once of its kind, without a space
  name  at most 20 characters

An attribute that is there already gets the name of the file. Which customer has
which attributes comes in with "import customers".`,
		format: kit.CSVColumns("kind!", "id!", "name!"),
		bring: func(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
			return importMaster(ctx, file, "id", attributeIn, termKey, kept.importTerms)
		},
	})
}

// attributeKinds are the kubuns of attributes by the kind in a file.
var attributeKinds = map[string]string{"1": kubunAttribute1, "2": kubunAttribute2}

func attributeIn(f *kit.CSVFields) term {
	kubun, there := attributeKinds[f.Get("kind")]
	if !there {
		f.Fail("kind", "must be 1 or 2")
	}
	id := keyIn(f, "id", longestAttributeID)
	if strings.ContainsFunc(strings.TrimSpace(id), unicode.IsSpace) {
		f.Fail("id", "holds a space")
	}
	return term{Kubun: kubun, Code: id, Name: textIn(f, "name", longestAttributeName)}
}

// termKey is what no two terms share, "" for one without a code.
func termKey(t term) string {
	if t.Code == "" {
		return ""
	}
	return t.Kubun + "\x00" + t.Code
}

// importMaster checks a file of a master, of which no two rows share the key,
// and then keeps its rows. column is where a key that stands there twice is told.
func importMaster[Row any](ctx context.Context, file *kit.CSVFile, column string, read func(*kit.CSVFields) Row, key func(Row) string,
	keepAll func(context.Context, kit.RowsFrom[Row]) (int, error),
) (int, error) {
	keys := kit.NewSeenTexts()
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		keys.Twice(f, column, key(read(f)))
	})
	if err != nil {
		return 0, err
	}
	return keepAll(ctx, kit.RowsOf(ctx, file, rows, read))
}

func exportShopsCommand() *cobra.Command {
	return exportCommand("shops", "", []string{"code", "name"}, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachShop(ctx, func(o shop) error { return file.Write(o.Code, o.Name) })
	})
}

func exportRanksCommand() *cobra.Command {
	return exportCommand("ranks", "", []string{"code", "name", "rate"}, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return eachTerm(ctx, kept, func(t term) error { return file.Write(t.Code, t.Name, rateOut(t.Rate)) }, kubunRank)
	})
}

func exportAttributesCommand() *cobra.Command {
	return exportCommand("attributes", "", []string{"kind", "id", "name"}, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return eachTerm(ctx, kept, func(t term) error {
			return file.Write(strings.TrimPrefix(t.Kubun, "ZK"), t.Code, t.Name)
		}, kubunAttribute1, kubunAttribute2)
	})
}

func eachTerm(ctx context.Context, kept store, give func(term) error, kubuns ...string) error {
	terms, err := kept.terms(ctx, kubuns...)
	if err != nil {
		return err
	}
	return oneByOne(give)(terms)
}
