package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
)

// AssetPath is where the site's own files are served.
const AssetPath = "/fit/assets/"

//go:embed assets/*
var assetFiles embed.FS

type asset struct {
	body        []byte
	contentType string
}

var (
	assets     = map[string]asset{}  // by the name they are served under
	assetNames = map[string]string{} // those names, by the file's own
)

var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func init() {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // the name stands in this file
	}
	for _, entry := range entries {
		body, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err) // it was just listed
		}
		name := hashedName(entry.Name(), body)
		assets[name] = asset{body, assetTypes[path.Ext(name)]}
		assetNames[entry.Name()] = name
	}
}

// hashedName is a file's name with the head of its SHA-256: another content is
// another name, so that what is under a name never changes.
func hashedName(file string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(file)
	return strings.TrimSuffix(file, ext) + "." + hex.EncodeToString(sum[:8]) + ext
}

// Asset gives what is served at [AssetPath] followed by name; a browser may
// keep it for ever. The body is shared: it must not be written to.
func Asset(name string) (body []byte, contentType string, ok bool) {
	found, ok := assets[name]
	return found.body, found.contentType, ok
}

// assetURL gives a template the URL of one of the files.
func assetURL(file string) (string, error) {
	name, ok := assetNames[file]
	if !ok {
		return "", fmt.Errorf("there is no asset %s", file)
	}
	return AssetPath + name, nil
}
