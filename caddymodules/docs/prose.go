package docs

import (
	"html/template"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// japanese are runs of Japanese, which screen readers and fonts are to know as
// such. Blanks and signs between them belong to them.
var japanese = regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}\x{3000}-\x{30ff}\x{ff01}-\x{ffee}]+`)

// tag is a tag of HTML, as goldmark writes them.
var tag = regexp.MustCompile(`<[^>]*>`)

// markdown knows tables, without a style of their own in their cells.
var markdown = goldmark.New(goldmark.WithExtensions(
	extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)),
))

// plain writes a text into a page.
func plain(text string) template.HTML {
	return template.HTML(markJapanese(template.HTMLEscapeString(text))) // it is escaped
}

// prose writes Markdown into a page. HTML in it is left out.
func prose(text string) (template.HTML, error) {
	var b strings.Builder
	if err := markdown.Convert([]byte(text), &b); err != nil {
		return "", err
	}
	html, last, out := b.String(), 0, strings.Builder{}
	for _, at := range tag.FindAllStringIndex(html, -1) {
		out.WriteString(markJapanese(html[last:at[0]]))
		out.WriteString(html[at[0]:at[1]])
		last = at[1]
	}
	out.WriteString(markJapanese(html[last:]))
	return template.HTML(out.String()), nil // goldmark lets no HTML through
}

// inline writes Markdown of one paragraph into a line.
func inline(text string) (template.HTML, error) {
	html, err := prose(text)
	line := strings.TrimSuffix(strings.TrimPrefix(string(html), "<p>"), "</p>\n")
	return template.HTML(line), err // as prose
}

func markJapanese(html string) string {
	return japanese.ReplaceAllString(html, `<span lang="ja">$0</span>`)
}
