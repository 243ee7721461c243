package docs

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"sync"
)

// pages are what is served of one API, and what the index says of it.
type pages struct {
	Name, Title, Summary string
	Operations           int

	page, yaml, json *file
}

//go:embed assets templates
var embedded embed.FS

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"plain": plain, "prose": prose, "inline": inline}).ParseFS(embedded, "templates/*.html"))
})

// The files that the pages load.
var assets = map[string]string{
	"docs.css": "text/css; charset=utf-8",
	"icon.svg": "image/svg+xml",
}

// filesOf gives what is served of some APIs, by what follows the path of the
// handler.
func filesOf(shown []api) (map[string]*file, error) {
	files := map[string]*file{}
	var all []*pages
	for _, one := range shown {
		drawn, err := one.pages()
		if err != nil {
			return nil, fmt.Errorf("drawing the documentation of %s: %w", one.name, err)
		}
		all = append(all, drawn)
		files["/"+one.name+"/"] = drawn.page
		files["/"+one.name+"/openapi.yaml"] = drawn.yaml
		files["/"+one.name+"/openapi.json"] = drawn.json
	}
	index, err := execute("index.html", all)
	if err != nil {
		return nil, err
	}
	files["/"] = index
	for name, contentType := range assets {
		body, err := embedded.ReadFile("assets/" + name)
		if err != nil {
			return nil, fmt.Errorf("reading an asset: %w", err)
		}
		files["/assets/"+name] = newFile(contentType, body)
	}
	return files, nil
}

// draw reads the description of an API and draws its page.
func draw(name string, openapi []byte) (*pages, error) {
	read, err := readDocument(openapi)
	if err != nil {
		return nil, err
	}
	shown, err := read.shown(name)
	if err != nil {
		return nil, err
	}
	page, err := execute("api.html", shown)
	if err != nil {
		return nil, err
	}
	return &pages{
		Name: name, Title: shown.Title, Summary: shown.Summary, Operations: shown.count(),
		page: page,
		yaml: newFile("application/yaml", openapi),
		json: newFile("application/json", read.json()),
	}, nil
}

func execute(name string, data any) (*file, error) {
	var body bytes.Buffer
	if err := templates().ExecuteTemplate(&body, name, data); err != nil {
		return nil, fmt.Errorf("writing a page: %w", err)
	}
	return newFile("text/html; charset=utf-8", body.Bytes()), nil
}
