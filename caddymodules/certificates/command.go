package certificates

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"sekisho/caddymodules/stores"
)

// isStorageCommand says whether this program runs as `sekisho storage export`
// or `import`. Caddy loads the storage module for them without a configuration,
// so that there are no stores to be found in it.
func isStorageCommand() bool { return len(os.Args) > 1 && os.Args[1] == "storage" }

// openForCommand opens the stores that the command's own configuration file
// names, beside a running gateway.
func (s *Storage) openForCommand(ctx caddy.Context) error {
	command, file, err := commandLine(os.Args[2:])
	if err != nil {
		return err
	}
	text, _, _, err := caddycmd.LoadConfig(file, "")
	if err != nil {
		return err
	}
	var whole struct {
		Apps struct {
			Sekisho stores.Config `json:"sekisho"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	// An import may be the first that there is on a machine. An export of a
	// database that is not there would be an empty archive.
	s.opened, err = stores.OpenForCommand(stores.Unhurried(ctx), whole.Apps.Sekisho, command == "import")
	if err != nil {
		return err
	}
	s.vault, err = newVault(s.opened, ctx.Logger())
	return err
}

// commandLine finds which command it is, and its flag --config.
func commandLine(args []string) (command, config string, err error) {
	flags := new(cobra.Command).Flags()
	flags.ParseErrorsAllowlist.UnknownFlags = true
	file := flags.StringP("config", "c", "", "")
	if err := flags.Parse(args); err != nil {
		return "", "", fmt.Errorf("reading the flag --config: %w", err)
	}
	if *file == "" {
		return "", "", errors.New("the flag --config is missing")
	}
	return flags.Arg(0), *file, nil
}
