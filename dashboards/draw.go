package main

// draw lays the panels out: a heading, then the panels from left to right in as
// many lines as they need.
func (b board) draw() (drawn []any) {
	id, y := 0, 0
	next := func() int { id++; return id }
	for _, q := range b.questions {
		drawn = append(drawn, rowJSON{
			ID: next(), Type: "row", Title: q.asks, GridPos: position{W: 24, H: 1, Y: y}, Panels: []any{},
		})
		y++
		x, tallest := 0, 0
		for _, p := range q.panels {
			if x+p.width > 24 {
				x, y, tallest = 0, y+tallest, 0
			}
			drawn = append(drawn, b.panel(p, next(), position{X: x, Y: y, W: p.width, H: p.height()}))
			x, tallest = x+p.width, max(tallest, p.height())
		}
		y += tallest
	}
	return drawn
}

func (p panel) height() int {
	switch p.kind {
	case sign:
		return 4
	case grid:
		return 9
	}
	return 8
}

// panel is one panel at its place.
func (b board) panel(p panel, id int, at position) panelJSON {
	made := panelJSON{
		ID:          id,
		Title:       p.title,
		Description: p.says,
		Datasource:  source,
		GridPos:     at,
		FieldConfig: fieldConfig{Defaults: fieldDefaults{Unit: p.unit}, Overrides: []override{}},
		Targets:     b.targets(p),
	}
	switch p.kind {
	case chart:
		p.drawChart(&made)
	case sign:
		p.drawSign(&made)
	case grid:
		p.drawGrid(&made)
	}
	return made
}

// targets are the queries. What shows one moment is asked for one moment.
func (b board) targets(p panel) (all []targetJSON) {
	for i, q := range p.queries {
		t := targetJSON{RefID: letter(i), Datasource: source, Expr: b.fill(q.expr)}
		switch p.kind {
		case chart:
			t.LegendFormat, t.Range = q.name, true
		case sign:
			t.LegendFormat, t.Instant = q.name, true
		case grid:
			t.Format, t.Instant = "table", true
		}
		all = append(all, t)
	}
	return all
}

// letter is Grafana's name of a query: A, B, C.
func letter(i int) string { return string(rune('A' + i)) }

func (p panel) drawChart(made *panelJSON) {
	made.Type = "timeseries"
	made.Options = object{
		"legend":  object{"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": list{}},
		"tooltip": object{"mode": "multi", "sort": "desc"},
	}
	d := &made.FieldConfig.Defaults
	d.Min, d.Max = new(float64), p.max
	d.Color = object{"mode": "palette-classic-by-name"}
	d.Custom = object{"lineWidth": 1, "fillOpacity": 10, "showPoints": "never"}
	if p.limits.given() {
		d.Thresholds = p.limits.steps("transparent")
		d.Custom["thresholdsStyle"] = object{"mode": "dashed"}
	}
	made.FieldConfig.Overrides = append(made.FieldConfig.Overrides,
		coloured(`\bok\b`, colourOK), coloured(`\b(internal|failed)\b`, colourBad), coloured(`\bgone\b`, colourGone))
}

func (p panel) drawSign(made *panelJSON) {
	made.Type = "stat"
	made.Options = object{
		"colorMode": "background", "graphMode": "none", "textMode": "value_and_name", "justifyMode": "auto",
		"orientation": "auto", "wideLayout": true, "showPercentChange": false, "percentChangeColorMode": "standard",
		"reduceOptions": object{"calcs": list{"lastNotNull"}, "fields": "", "values": false},
	}
	d := &made.FieldConfig.Defaults
	d.NoValue = "nothing to show"
	d.Color = object{"mode": "fixed", "fixedColor": colourNeutral}
	if p.limits.given() {
		d.Thresholds = p.limits.steps(colourOK)
		d.Color = object{"mode": "thresholds"}
	}
	if p.words != nil {
		d.Mappings = []any{object{"type": "value", "options": object{
			"0": object{"text": p.words[0], "color": colourBad, "index": 0},
			"1": object{"text": p.words[1], "color": colourOK, "index": 1},
		}}}
	}
}

// drawGrid puts what the queries have in common, their labels, into one row.
func (p panel) drawGrid(made *panelJSON) {
	made.Type = "table"
	made.Options = object{
		"frameIndex": 0, "showHeader": true, "cellHeight": "sm", "sortBy": []any{object{"displayName": p.queries[0].name, "desc": true}},
	}
	made.FieldConfig.Defaults.Custom = object{"align": "auto", "inspect": false}
	names := object{}
	for i, q := range p.queries {
		names["Value #"+letter(i)] = q.name
		if q.unit != "" {
			made.FieldConfig.Overrides = append(made.FieldConfig.Overrides, override{
				Matcher:    object{"id": "byName", "options": q.name},
				Properties: []object{{"id": "unit", "value": q.unit}},
			})
		}
	}
	if len(p.queries) == 1 {
		names["Value"] = p.queries[0].name // a lone query's column is named so
	}
	made.Transformations = []any{
		object{"id": "merge", "options": object{}},
		object{"id": "organize", "options": object{
			"excludeByName": object{"Time": true}, "indexByName": object{}, "renameByName": names,
		}},
	}
}

// coloured gives series whose name holds a pattern one colour.
func coloured(pattern, colour string) override {
	return override{
		Matcher:    object{"id": "byRegexp", "options": "/" + pattern + "/"},
		Properties: []object{{"id": "color", "value": object{"mode": "fixed", "fixedColor": colour}}},
	}
}

// steps are the limits as Grafana has them, from the smallest value up.
func (l limits) steps(fine string) object {
	step := func(from any, colour string) object { return object{"value": from, "color": colour} }
	if l.bad < l.odd {
		return object{"mode": "absolute", "steps": []any{step(nil, colourBad), step(l.bad, colourOdd), step(l.odd, fine)}}
	}
	return object{"mode": "absolute", "steps": []any{step(nil, fine), step(l.odd, colourOdd), step(l.bad, colourBad)}}
}
