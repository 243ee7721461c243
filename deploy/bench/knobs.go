package main

import (
	"fmt"
	"os"
	"strings"
)

// knob is what an operator can turn, and what that costs or saves.
type knob struct {
	name string
	edit []string // lines of the shipped Caddyfile, and what stands in their place
	env  []string
}

// knobs are turned one at a time.
var knobs = []knob{
	{name: "one line in a hundred of the access log (`sampling`)", edit: []string{"\tlog {\n\t\toutput stderr\n", "\tlog {\n\t\toutput stderr\n\t\tsampling {\n\t\t\tinterval 1s\n\t\t\tfirst 1\n\t\t\tthereafter 100\n\t\t}\n"}},
	{name: "no access log (without `log` in the sites)", edit: []string{"\tlog\n", "\n"}},
	{name: "without Caddy's own metrics (`metrics`)", edit: []string{"\tmetrics\n\n", "\n"}},
	{name: "`GOGC=100` in place of 400", env: []string{"GOGC=100"}},
	{name: "`GOGC=800` in place of 400", env: []string{"GOGC=800"}},
}

// measureKnobs measures Echo with each knob turned beside the gateway as it is
// shipped: processor time for each request, and resident memory.
func (b *bench) measureKnobs() error {
	text, err := os.ReadFile("Caddyfile")
	if err != nil {
		return err
	}
	const usual = "Echo, as shipped"
	whole, err := b.startGateway(shipped)
	if err != nil {
		return err
	}
	sides := []side{{usual, b.wrk(whole.url+echoPath, "", connections, whole.pid)}}
	gateways := map[string]*gateway{usual: whole}
	for _, k := range knobs {
		g, err := b.turned(string(text), k)
		if err != nil {
			return err
		}
		gateways[k.name] = g
		sides = append(sides, side{k.name, b.wrk(g.url+echoPath, "", connections, g.pid)})
	}
	found, err := b.inTurn(sides...)
	if err != nil {
		return err
	}
	for _, k := range knobs {
		b.row("", k.name+" : as shipped, CPU", goal{}, ratio(found[k.name], found[usual], cpu))
	}
	before, err := resident(whole.pid)
	if err != nil {
		return err
	}
	for _, k := range knobs {
		if len(k.env) == 0 {
			continue
		}
		after, err := resident(gateways[k.name].pid)
		if err != nil {
			return err
		}
		b.rowIn(" MiB", "", k.name+", resident memory under load more than as shipped", goal{}, []float64{float64(after.all-before.all) / (1 << 20)})
	}
	return nil
}

// turned starts a gateway with one knob turned.
func (b *bench) turned(caddyfile string, k knob) (*gateway, error) {
	if len(k.edit) == 0 {
		return b.startGateway(shipped, k.env...)
	}
	if !strings.Contains(caddyfile, k.edit[0]) {
		return nil, fmt.Errorf("the Caddyfile has no %q any more", k.edit[0])
	}
	return b.startGateway(strings.ReplaceAll(caddyfile, k.edit[0], k.edit[1]), k.env...)
}
