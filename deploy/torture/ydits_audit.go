package main

import (
	"fmt"
	"maps"
	"slices"
)

// mostLoggedIn are as many users as log in once more for the audit: a password
// takes a while to check.
const mostLoggedIn = 40

func (r *registry) audit(found *result) error {
	if err := r.auditUsers(found); err != nil {
		return err
	}
	if err := r.auditRegistrations(found); err != nil {
		return err
	}
	return r.auditKeys(found)
}

// auditUsers looks for each user that was answered, and for others.
func (r *registry) auditUsers(found *result) error {
	rows, err := r.w.rows(`SELECT uuid, mail, name, disabled_at FROM ydits_users WHERE mail LIKE 'torture%@example.com'`)
	if err != nil {
		return err
	}
	there := map[string][]string{}
	for _, row := range rows {
		if there[row[1]] != nil {
			found.doubled("%s signed up twice: %q and %q", row[1], there[row[1]], row)
		}
		if there[row[1]] = row; r.told[row[1]] == nil {
			found.beyond("%s signed up, and nobody was told", row[1])
		}
	}
	for mail, u := range r.told {
		if row := there[mail]; row == nil || row[0] != u.uuid || row[2] != u.name || row[3] != "" {
			found.lost("%s (%s) is there as %q", mail, u.uuid, row)
		}
	}
	found.counted("users", len(r.told))
	return nil
}

// auditRegistrations looks for each software that was answered, and for others.
func (r *registry) auditRegistrations(found *result) error {
	rows, err := r.w.rows(`SELECT u.mail, r.softname FROM ydits_registrations r JOIN ydits_users u ON u.uuid = r.uuid
		WHERE u.mail LIKE 'torture%@example.com'`)
	if err != nil {
		return err
	}
	times := map[[2]string]int{}
	for _, row := range rows {
		soft := [2]string{row[0], row[1]}
		if times[soft]++; times[soft] == 2 {
			found.doubled("%s of %s is registered twice", row[1], row[0])
		}
		if u := r.told[row[0]]; u != nil && u.softs[row[1]] == "" {
			found.beyond("%s of %s is registered, and nobody was told", row[1], row[0])
		}
	}
	for mail, u := range r.told {
		for softname := range u.softs {
			if times[[2]string{mail, softname}] == 0 {
				found.lost("%s of %s is not registered", softname, mail)
			}
		}
		found.counted("registrations", len(u.softs))
	}
	return nil
}

// auditKeys authenticates with every key at one of the gateways, and has some
// users log in.
func (r *registry) auditKeys(found *result) error {
	client, turn := newMachine(), 0
	defer client.CloseIdleConnections()
	ask := func(k call, about string) error {
		turn++
		a, err := r.w.gateways[turn%len(r.w.gateways)].ask(client, k)
		if err == nil && k.judge(a) != done {
			found.lost("%s is answered %s", about, a)
		}
		return err
	}
	for i, mail := range slices.Sorted(maps.Keys(r.told)) {
		u := r.told[mail]
		for softname, key := range u.softs {
			if err := ask(authenticating(u.uuid, key), fmt.Sprintf("the key of %s of %s", softname, mail)); err != nil {
				return err
			}
		}
		found.counted("keys that open", len(u.softs))
		if i >= mostLoggedIn {
			continue
		}
		if err := ask(softCall("inquiry", "inquiry.php?g=false", yditsInquired, "mail", mail, "pass", yditsPass), "the login of "+mail); err != nil {
			return err
		}
	}
	return nil
}
