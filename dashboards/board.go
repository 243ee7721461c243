package main

import "strings"

// board is a dashboard as one thinks of it.
type board struct {
	title     string
	says      string // what it is about
	api       string // what $of stands for in its queries; "" in the overview
	questions []question
}

// question is a row of panels under a heading.
type question struct {
	asks   string
	panels []panel
}

// panel is one picture or table.
type panel struct {
	kind    kind
	title   string
	says    string // what is normal, or what to do
	width   int    // of 24; several panels share a line
	unit    string // Grafana's name of it
	queries []query
	limits  limits
	words   []string // instead of the values 0 and 1
	max     float64  // of the axis, where it has one
}

// kind is how a panel shows its queries.
type kind int

const (
	chart kind = iota // lines over time
	sign              // a coloured field for each series, as of now
	grid              // a table, one row for each set of labels, one column for each query
)

// query is what Prometheus is asked. Two abbreviations stand in it: $at for the
// gateways that were chosen, $of for these and the API of the dashboard.
type query struct {
	expr string
	name string // of its lines, with labels in {{}}; of its column, in a table
	unit string // of its column, where that is not the panel's
}

// limits are from where on a value is odd, and from where on it is bad. Where bad
// is the smaller one, small values are the bad ones. Without any, nothing is
// coloured.
type limits struct{ odd, bad float64 }

func (l limits) given() bool { return l != limits{} }

// One colour means one thing everywhere.
const (
	colourOK      = "green"
	colourOdd     = "orange"
	colourBad     = "red" // our own failures, too
	colourGone    = "gray"
	colourNeutral = "blue"
)

// gateways is the condition by which a query keeps to the chosen ones.
const gateways = `instance=~"$instance"`

// fill writes the abbreviations of a query out.
func (b board) fill(expr string) string {
	of := gateways
	if b.api != "" {
		of = `api="` + b.api + `",` + gateways
	}
	return strings.NewReplacer("$at", gateways, "$of", of).Replace(expr)
}
