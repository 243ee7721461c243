package main

import (
	"fmt"
	"strconv"
	"strings"
)

// audit asks the database itself, and then the pages. By then everybody has an
// answer to what they asked.
func (ch *chain) audit(r *result) error {
	for _, audit := range []func(*result) error{ch.auditReceipts, ch.auditCustomers, ch.auditLogins, ch.auditLines} {
		if err := audit(r); err != nil {
			return err
		}
	}
	ch.auditPages(r)
	return nil
}

// rows asks for columns of a table, of the rows of the chain.
func (ch *chain) rows(columns, table, where string) ([][]string, error) {
	return ch.w.rows("SELECT " + columns + " FROM " + table + " WHERE tenant = '" + crmTenant + "'" + where)
}

// auditReceipts holds the history of points against what registers were told, and
// the balances against the history.
func (ch *chain) auditReceipts(r *result) error {
	rows, err := ch.rows("code, register_no, receipt_no, sales_division, get_point, use_point, kind, remarks, sales_date, shop", "hc_tran_point_rireki", "")
	if err != nil {
		return err
	}
	booked, sums := map[string][][]string{}, map[string]int{}
	for _, row := range rows {
		key := strings.Join(row[:6], " ")
		booked[key] = append(booked[key], row)
		sums[row[0]] += number(row[4]) - number(row[5])
	}
	delete(booked, fmt.Sprint(crmOkamoto, "    ", crmOkamotoPoints, " 0")) // what the demo's customer began with
	for _, sale := range ch.receipts {
		there := booked[sale.String()]
		delete(booked, sale.String())
		switch {
		case len(there) > 1:
			r.doubled("the sale %s is booked %d times", sale, len(there))
		case len(there) == 0 && sale.answered:
			r.lost("the sale %s is not booked", sale)
		case len(there) == 1 && strings.Join(there[0][6:], " ") != fmt.Sprint("0 ", sale.remarks(), " ", crmDay, " ", crmShop):
			r.lost("the sale %s is booked as %q", sale, there[0])
		}
	}
	for key := range booked {
		r.beyond("the sale %s is booked, and no register sent it", key)
	}
	r.counted("sales", len(ch.receipts))
	return ch.auditBalances(r, sums)
}

// auditBalances holds the balances against the sums of the history, and both
// against what registers were told.
func (ch *chain) auditBalances(r *result, sums map[string]int) error {
	rows, err := ch.rows("code, balance", "hc_point_real", "")
	if err != nil {
		return err
	}
	balances := map[string]int{}
	for _, row := range rows {
		balances[row[0]] = number(row[1])
		if balances[row[0]] != sums[row[0]] {
			r.lost("the balance of %s is %s; its history comes to %d", row[0], row[1], sums[row[0]])
		}
	}
	for code, known := range ch.purses {
		if want := known.answered.up + known.answered.down; known.asked == known.answered && balances[code] != want {
			r.lost("the balance of %s is %d; it was answered up to %d", code, balances[code], want)
		}
	}
	for code := range sums {
		if _, there := balances[code]; !there {
			r.lost("%s has a history and no balance", code)
		}
	}
	r.counted("balances", len(balances))
	return nil
}

// profileColumns are where the keys of a profile are kept; that of HintAns is
// sealed.
var profileColumns = []struct{ key, column string }{
	{"Name", "name"},
	{"Kana", "kana"},
	{"PostalCode", "postal_code"},
	{"Address1", "address1"},
	{"Tel1", "tel1"},
	{"Email", "email"},
	{"Memo", "memo"},
	{"ExpandMemo", "expand_memo"},
}

// auditCustomers holds the customers against what apps were told: codes follow one
// another without a gap, and each is somebody's who was told.
func (ch *chain) auditCustomers(r *result) error {
	columns := "code, segment, CASE WHEN has_left THEN 1 ELSE 0 END"
	for _, p := range profileColumns {
		columns += ", " + p.column
	}
	rows, err := ch.rows(columns, "hc_master_kokyaku", " AND code > '"+crmOkamoto+"' ORDER BY code")
	if err != nil {
		return err
	}
	members := map[string]*clubMember{}
	for _, m := range ch.members {
		if other := members[m.code]; other != nil {
			r.doubled("the code %s was given to %s and %s", m.code, other.login, m.login)
		}
		members[m.code] = m
	}
	last := number(crmOkamoto)
	for _, row := range rows {
		if last++; number(row[0]) != last {
			r.lost("the code after %d is %s", last-1, row[0])
			last = number(row[0])
		}
		if m := members[row[0]]; m != nil {
			ch.auditProfile(r, m, row)
		} else {
			r.beyond("customer %s is there, and nobody was told", row[0])
		}
		delete(members, row[0])
	}
	for code, m := range members {
		r.lost("customer %s (%s) is not there", code, m.login)
	}
	r.counted("customer codes", len(rows))
	return ch.auditNumber(r, last)
}

// auditNumber holds the number that the last customer took against their code.
func (ch *chain) auditNumber(r *result, last int) error {
	rows, err := ch.rows("renban", "hc_master_meisho", " AND kubun = 'KY1' AND code = '01'")
	if err == nil && (len(rows) != 1 || number(rows[0][0]) != last) {
		r.lost("the last customer's number is %v, and the last customer has %d", rows, last)
	}
	return err
}

func (ch *chain) auditProfile(r *result, m *clubMember, row []string) {
	segment := m.profile["Segment"]
	if asked := ch.purses[m.code]; segment == "" && asked != nil && asked.answered != (swing{}) {
		segment = "9" // they bought something, and nothing else is known of them
	}
	if segment == "" {
		segment = "0"
	}
	if row[1] != segment || (row[2] == "1") != m.left {
		r.lost("%s has the segment %s and the mark of leaving %s; it was answered as %s and %t", m.login, row[1], row[2], segment, m.left)
	}
	for i, p := range profileColumns {
		if row[3+i] != m.profile[p.key] {
			r.lost("the %s of %s is %q; it was answered as %q", p.key, m.login, row[3+i], m.profile[p.key])
		}
	}
}

// auditLogins holds the logins against who signed up and did not leave.
func (ch *chain) auditLogins(r *result) error {
	rows, err := ch.rows("login_id, code", "hc_master_kokyaku_login", " AND code <> '"+crmOkamoto+"'")
	if err != nil {
		return err
	}
	owners := map[string]string{}
	for _, row := range rows {
		owners[row[0]] = row[1]
	}
	for _, m := range ch.members {
		switch code, there := owners[m.login]; {
		case m.left && there:
			r.beyond("%s has left, and has a login", m.login)
		case !m.left && code != m.code:
			r.lost("%s has the code %q; it was answered as %s", m.login, code, m.code)
		}
		delete(owners, m.login)
	}
	for login, code := range owners {
		r.beyond("%s has the code %s, and nobody was told", login, code)
	}
	r.counted("logins", len(rows))
	return nil
}

// auditLines holds the lines of receipts against the files that were imported.
func (ch *chain) auditLines(r *result) error {
	rows, err := ch.rows("line_id, code, goods, amount", "hc_tran_uriage", " AND line_id IS NOT NULL")
	if err != nil {
		return err
	}
	there := map[string][]string{}
	for _, row := range rows {
		if there[row[0]] != nil {
			r.doubled("the line %s is there twice", row[0])
		}
		there[row[0]] = row
	}
	for _, line := range ch.lines {
		row := there[line.id]
		if delete(there, line.id); row == nil && line.answered {
			r.lost("the line %s is not there", line.id)
		} else if row != nil && (row[1] != line.customer || row[2] != line.goods || row[3] != strconv.Itoa(line.amount)) {
			r.lost("the line %+v is there as %q", *line, row)
		}
	}
	for id := range there {
		r.beyond("the line %s is there, and no file had it", id)
	}
	r.counted("lines of receipts", len(ch.lines))
	return nil
}

// auditPages asks the pages, at the gateways by turns, for all balances and for
// all members, and logs each of them in.
func (ch *chain) auditPages(r *result) {
	p := &program{chain: ch, c: ch.w.caller("crm", apis["crm"].clients)}
	for code := range ch.purses {
		p.lookAt(code)
	}
	logins := 0
	for _, m := range ch.members {
		if m.left {
			continue
		}
		p.user(m)
		if token := p.logIn(m.login, m.pass); token != m.token {
			r.lost("%s does not log in with the last password that was answered, or has another TokenID", m.login)
		}
		logins++
	}
	r.counted("passwords that log in", logins)
}

// number is a number out of the database.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("the database has the number %q", text))
	}
	return n
}
