package photocloak

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"sekisho/caddymodules/stores"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "photocloak",
		Usage: "client|member|purge|import|export",
		Short: "Keeps PhotoCloak's clients and members, imports and exports everything",
		Long: `Keeps what the PhotoCloak API needs: the clients (apps) that may ask for tokens
and the members who log in, and moves whole services in and out.

The commands work beside a running gateway, on the stores that the Caddyfile
names; a running gateway sees a change within five seconds.`,
		CobraFunc: addCommands,
	})
}

func addCommands(cmd *cobra.Command) {
	clients := &cobra.Command{
		Use:   "client",
		Short: "Adds, lists, disables and enables clients, and changes their secrets",
		Long: `A client is an app that asks for tokens with its client_id and client_secret.
Only a hash of the secret is kept: one that sekisho makes is shown once.`,
	}
	stores.OfCommands(clients, addClientCommand(), listClientsCommand(), rotateClientCommand(),
		switchClientCommand("disable", "Shuts a client out", true),
		switchClientCommand("enable", "Lets a disabled client in again, with the secrets it had", false))
	people := &cobra.Command{Use: "member", Short: "Adds, lists, disables and enables members, and changes their passwords"}
	stores.OfCommands(people, addMemberCommand(), listMembersCommand(), memberPasswordCommand(),
		switchMemberCommand("disable", "Shuts a member out; their public cloaks stay", true),
		switchMemberCommand("enable", "Lets a disabled member in again", false))
	imports := &cobra.Command{
		Use:   "import",
		Short: "Takes clients, members, cloaks, tags, follows or photos over from a CSV file",
		Long: `Takes an old service over, table by table, each from a CSV file with a header
line. The order is: clients and members, then cloaks, then tags, follows and
photos. Each file is checked whole first; all of it comes in, or nothing.`,
	}
	stores.OfCommands(imports, importClientsCommand(), importMembersCommand(), importCloaksCommand(),
		importTagsCommand(), importFollowsCommand(), importPhotosCommand())
	exports := &cobra.Command{
		Use:   "export",
		Short: "Writes clients, members, cloaks, tags, follows or photos to a CSV file",
		Long: `Writes each table as a CSV file that import takes as it is, ids, dates and
hashes included. View counts are there as far as they are written back, which
is at most a second behind while a gateway runs.`,
	}
	stores.OfCommands(exports, exportClientsCommand(), exportMembersCommand(), exportCloaksCommand(),
		exportTagsCommand(), exportFollowsCommand(), exportPhotosCommand())
	stores.OfCommands(cmd, clients, people, purgeCommand(), imports, exports)
}

// saneMail says whether somebody could have signed up with a mail address:
// something before an @ and something behind it, nothing unseen. More is not
// asked; it is a name to log in with.
func saneMail(mail string) bool {
	name, host, found := strings.Cut(mail, "@")
	return found && name != "" && host != "" && !strings.Contains(host, "@") &&
		utf8.ValidString(mail) && utf8.RuneCountInString(mail) <= longestMail && len(mail) <= longestMail &&
		!strings.ContainsFunc(mail, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// errUnknownClient and errUnknownMember are what the commands say of those who
// are not there.
var (
	errUnknownClient = errors.New("there is no such client")
	errUnknownMember = errors.New("no member has this mail address or id")
)

// withStore opens the stores for a command that needs no more than SQL.
func withStore(cmd *cobra.Command, run func(context.Context, store) error) error {
	return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
		return run(ctx, store{s.SQL})
	})
}

func state(disabledAt int64) string {
	if disabledAt != 0 {
		return "disabled"
	}
	return "open"
}
