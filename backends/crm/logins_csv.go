package crm

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
)

// loginColumns are the columns of an export; an import needs those with a !, and
// may have pass.
var loginColumns = []string{"login_id!", "code!", "pass_hash", "token", "uuid", "hint_code", "hint_ans", "free_until"}

func importLoginsCommand() *cobra.Command {
	return importCommand(table{
		what: "logins",
		columns: `  login_id    ログインID, 1 to 200 characters, each once
  code        顧客CD of a customer who is there
  pass        the password in clear; it is hashed, which takes half a minute for
              1,000 logins on one processor
  pass_hash   instead of pass: what "export logins" wrote, or the old service's
              $2y$… (bcrypt), {md5}…, {sha1}…, {sha256}…, or with a salt
              {sha256:salt+password}salt$…; it is hashed anew at the first login
  token       the TokenID, at most 64 characters; it goes on working. Made where
              it is empty
  uuid        the device's, at most 300 characters; where it is empty the first
              device that shows the TokenID is bound
  hint_code, hint_ans
              at most 30 and 100 characters
  free_until  when the time ends in which another device may be bound,
              2006-01-02 15:04:05 in Japan or 2006-01-02T15:04:05+09:00`,
		format: kit.CSVColumns(append(loginColumns, "pass")...),
		bring:  importLogins,
	})
}

// comingLogin is a login on the way in.
type comingLogin struct {
	customerLogin
	secrets
	pass string // in clear, still to be hashed; "" where the hash came along
}

// importLogins checks a file, and then keeps its logins.
func importLogins(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	rows, clear, err := checkLogins(ctx, kept, file)
	if err != nil {
		return 0, err
	}
	return keepLogins(ctx, kept, file, rows, clear)
}

// keepLogins hashes the passwords that stand in clear, and keeps the logins of a
// file that was checked.
func keepLogins(ctx context.Context, kept store, file *kit.CSVFile, rows int, clear []string) (int, error) {
	hashes, passwords := make([]string, len(clear)), make([]kit.ClearPassword, len(clear))
	for i, pass := range clear {
		passwords[i] = kit.ClearPassword{Clear: pass, Into: &hashes[i]}
	}
	if err := kit.HashPasswords(ctx, passwords); err != nil {
		return 0, err
	}
	coming := kit.RowsOf(ctx, file, rows, loginIn)
	return kept.importLogins(ctx, func(keep func(customerLogin) error) error {
		hashed := 0
		return coming(func(c comingLogin) error {
			if c.pass != "" {
				if hashed == len(clear) || clear[hashed] != c.pass {
					return kit.ErrFileChanged // somebody else's hash would be theirs
				}
				c.PassHash = hashes[hashed]
				hashed++
			}
			return keep(kept.sealedLogin(c))
		})
	})
}

// checkLogins finds nothing wrong with a file, and gives how many rows it has and
// the passwords that stand in clear in it, in the order of its lines.
func checkLogins(ctx context.Context, kept store, file *kit.CSVFile) (rows int, clear []string, err error) {
	ids, tokens := kit.NewSeenTexts(), kit.NewSeenTexts()
	taken := kit.CSVLookup[string]{There: kept.texts(tableLogins, "login_id"), Column: "login_id", Why: "a customer has it already"}
	tokenTaken := kit.CSVLookup[string]{There: kept.tokens, Column: "token", Why: "a customer has it already"}
	customers := kit.CSVLookup[string]{There: kept.texts("hc_master_kokyaku", "code"), Column: "code", Wanted: true, Why: "there is no such customer"}
	rows, err = kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		c := loginIn(f)
		ids.Twice(f, "login_id", c.LoginID)
		tokens.Twice(f, "token", c.token)
		if c.pass != "" {
			clear = append(clear, strings.Clone(c.pass)) // not the whole row
		}
		taken.Add(f, c.LoginID)
		customers.Add(f, c.Code)
		tokenTaken.Add(f, c.token)
	}, &taken, &customers, &tokenTaken)
	return rows, clear, err
}

// loginIn reads a row's login.
func loginIn(f *kit.CSVFields) comingLogin {
	c := comingLogin{
		customerLogin: customerLogin{
			LoginID:   keyIn(f, "login_id", longestLoginID),
			Code:      f.Need("code", longestCode),
			HintCode:  textIn(f, "hint_code", longestHintCode),
			FreeUntil: f.Time("free_until", 0),
		},
		secrets: secrets{
			token:   textIn(f, "token", longestTokenID),
			uuid:    textIn(f, "uuid", longestUUID),
			hintAns: textIn(f, "hint_ans", longestHintAns),
		},
	}
	c.pass, c.PassHash = passwordIn(f)
	return c
}

// passwordIn reads a row's password, in clear or hashed.
func passwordIn(f *kit.CSVFields) (clear, hash string) {
	if isNone(f.Get("pass")) && isNone(f.Get("pass_hash")) {
		f.Fail("pass", "is empty, and so is pass_hash")
		return "", ""
	}
	clear, hash = f.Password("pass", "pass_hash")
	if utf8.RuneCountInString(clear) > longestPassword {
		column := "pass"
		if f.Get("pass") == "" {
			column = "pass_hash" // {plain}
		}
		f.Fail(column, "is longer than 200 characters")
	}
	return clear, hash
}

// sealedLogin gives a login as it is kept.
func (s store) sealedLogin(c comingLogin) customerLogin {
	login := c.customerLogin
	login.ID, login.Tenant = kit.NewUUID(), s.tenant
	if c.token == "" {
		c.token = kit.RandomToken(tokenBytes)
	}
	return s.sealed(login, c.secrets)
}

func exportLoginsCommand() *cobra.Command {
	return exportCommand("logins", `The file
holds TokenIDs, devices and hint answers in clear, passwords as hashes.`, columnNames(loginColumns), func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachLogin(ctx, func(l customerLogin) error {
			plain, err := kept.open(l)
			if err != nil {
				return err
			}
			return file.Write(l.LoginID, l.Code, l.PassHash, plain.token, plain.uuid, l.HintCode, plain.hintAns, kit.CSVTime(l.FreeUntil))
		})
	})
}
