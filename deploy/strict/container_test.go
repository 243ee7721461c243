package strict

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// containerfile gives the stages and the arguments before them, as BuildKit reads
// them: an unknown instruction or flag is an error.
func containerfile(t *testing.T) (build, image instructions.Stage, arguments map[string]string) {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(read(t, deploy, "container", "Containerfile")))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("warning: %s", warning.Short)
	}
	stages, before, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) != 2 {
		t.Fatalf("%d stages", len(stages))
	}
	arguments = map[string]string{}
	for _, command := range before {
		for _, argument := range command.Args {
			arguments[argument.Key] = argument.ValueString()
		}
	}
	return stages[0], stages[1], arguments
}

// of gives the instructions of one kind.
func of[T instructions.Command](stage instructions.Stage) (all []T) {
	for _, command := range stage.Commands {
		if one, ok := command.(T); ok {
			all = append(all, one)
		}
	}
	return all
}

func TestAMistakeInTheContainerfileIsRefused(t *testing.T) {
	for _, text := range []string{"FROM scratch\nENTRYPONT [\"/sekisho\"]\n", "FROM scratch\nCOPY --chwon=1:1 a b\n"} {
		parsed, err := parser.Parse(strings.NewReader(text))
		if err == nil {
			_, _, err = instructions.Parse(parsed.AST, nil)
		}
		if err == nil {
			t.Errorf("taken:\n%s", text)
		}
	}
}

func TestTheImageIsBuiltAsTheRepositoryIs(t *testing.T) {
	build, _, arguments := containerfile(t)
	if build.BaseName != "golang:${GO}-bookworm" {
		t.Errorf("built in %s", build.BaseName)
	}
	wanted := found(t, read(t, repository, "go.mod"), `(?m)^go (\d+\.\d+)`)
	if got := arguments["GO"]; !strings.HasPrefix(got, wanted+".") {
		t.Errorf("built with Go %s; go.mod says %s", got, wanted)
	}
	made := false
	for _, command := range of[*instructions.RunCommand](build) {
		made = made || strings.Contains(strings.Join(command.CmdLine, " "), "make -f xcaddy.mk build ")
	}
	if !made {
		t.Error("no line builds it with xcaddy.mk")
	}
}

func TestTheImageIsOneProgramThatNobodyOwns(t *testing.T) {
	_, image, _ := containerfile(t)
	if image.BaseName != "scratch" {
		t.Errorf("the image stands on %s", image.BaseName)
	}
	if users := of[*instructions.UserCommand](image); len(users) != 1 || users[0].User != "65532:65532" {
		t.Errorf("it runs as %v", users)
	}
	if entry := of[*instructions.EntrypointCommand](image); len(entry) != 1 || entry[0].PrependShell || !slices.Equal(entry[0].CmdLine, []string{"/sekisho"}) {
		t.Errorf("it starts with %v", entry)
	}
	command := of[*instructions.CmdCommand](image)
	if len(command) != 1 || command[0].PrependShell || !slices.Equal(command[0].CmdLine, []string{"run", "--config", "/etc/sekisho/Caddyfile"}) {
		t.Errorf("it is told %v", command)
	}
	if runs := of[*instructions.RunCommand](image); len(runs) != 0 {
		t.Errorf("it has no shell to run %v", runs)
	}
}

// imageEnvironment is what the image tells the gateway.
func imageEnvironment(t *testing.T) map[string]string {
	t.Helper()
	_, image, _ := containerfile(t)
	all := map[string]string{}
	for _, command := range of[*instructions.EnvCommand](image) {
		for _, pair := range command.Env {
			all[pair.Key] = pair.Value
		}
	}
	return all
}

func TestTheImagesPortsAreThoseOfItsEnvironment(t *testing.T) {
	_, image, _ := containerfile(t)
	environment := imageEnvironment(t)
	var want, got []string
	for _, name := range []string{"SEKISHO_HTTP_PORT", "SEKISHO_HTTPS_PORT", "SEKISHO_CRM_PORT"} {
		want = append(want, environment[name])
	}
	for _, command := range of[*instructions.ExposeCommand](image) {
		got = append(got, command.Ports...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("exposed are %v, and the gateway listens on %v", got, want)
	}
	for _, folder := range of[*instructions.VolumeCommand](image) {
		if !slices.Equal(folder.Volumes, []string{environment["SEKISHO_DATA"]}) {
			t.Errorf("the volumes are %v", folder.Volumes)
		}
	}
}

// What is copied into the build must be there, and the ignore file must let it
// through; what it lets through beside that is sent for nothing.
func TestTheBuildIsSentWhatItCopies(t *testing.T) {
	build, image, _ := containerfile(t)
	copied := map[string]bool{}
	for _, command := range append(of[*instructions.CopyCommand](build), of[*instructions.CopyCommand](image)...) {
		if command.From != "" {
			continue
		}
		for _, source := range command.SourcePaths {
			copied[source] = true
		}
	}
	patterns, err := ignorefile.ReadAll(strings.NewReader(read(t, deploy, "container", "Containerfile.dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]bool{}
	entries, err := os.ReadDir(repository)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if hidden, err := ignored.MatchesOrParentMatches(entry.Name()); err != nil {
			t.Fatal(err)
		} else if !hidden {
			sent[entry.Name()] = true
		}
	}
	if !maps.Equal(sent, copied) {
		t.Errorf("copied are %v, and sent %v", copied, sent)
	}
	for path, want := range map[string]bool{
		"backends/imports.go": false, "backends/ydits/migrations/0001_ydits.sql": false, "caddymodules/imports.go": false,
		"backends/ydits/demo_test.go": true, "backends/ydits/testdata": true, ".git": true, "data": true, "deploy/compose/secrets/sekisho_secret": true,
	} {
		if got, err := ignored.MatchesOrParentMatches(filepath.FromSlash(path)); err != nil || got != want {
			t.Errorf("%s is ignored: %v (%v)", path, got, err)
		}
	}
}
