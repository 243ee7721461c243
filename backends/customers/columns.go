package customers

// column is one column of dtb_customer other than customer_id, with the rule
// of what may be written into it. The empty string may always be written,
// except into a required column.
type column struct {
	// name is spelt as the document spells it.
	name string

	// form is that of a value which is not empty.
	form form

	// quotedDigits says that the document shows digits in quotes here, so that
	// the same digits without quotes are taken too.
	quotedDigits bool

	// required columns are never empty.
	required bool

	// initial is the value where create says nothing.
	initial string

	// sealed columns are kept sealed, and withheld where passwords are not
	// revealed.
	sealed bool
}

// columns are those of the document's example, in its order.
var columns = []column{
	{name: "name01", form: text, required: true},
	{name: "name02", form: text, required: true},
	{name: "kana01", form: text},
	{name: "kana02", form: text},
	{name: "zip01", form: digits(3), quotedDigits: true},
	{name: "zip02", form: digits(4), quotedDigits: true},
	{name: "pref", form: between(1, 47), quotedDigits: true},
	{name: "addr01", form: text},
	{name: "addr02", form: text, quotedDigits: true},
	{name: "email", form: address, required: true},
	{name: "email_mobile", form: text},
	{name: "tel01", form: text, quotedDigits: true},
	{name: "tel02", form: text, quotedDigits: true},
	{name: "tel03", form: text, quotedDigits: true},
	{name: "fax01", form: text, quotedDigits: true},
	{name: "fax02", form: text, quotedDigits: true},
	{name: "fax03", form: text, quotedDigits: true},
	{name: "sex", form: between(1, 2), quotedDigits: true},
	{name: "job", form: between(1, 18), quotedDigits: true},
	{name: "birth", form: text, quotedDigits: true},
	{name: "password", form: text, sealed: true},
	{name: "reminder", form: between(1, 7), quotedDigits: true},
	{name: "reminder_answer", form: text, sealed: true},
	{name: "secret_key", form: text, quotedDigits: true},
	{name: "first_buy_date", form: text, quotedDigits: true},
	{name: "last_buy_date", form: text, quotedDigits: true},
	{name: "buy_times", form: count, quotedDigits: true, initial: "0"},
	{name: "buy_total", form: count, quotedDigits: true, initial: "0"},
	{name: "point", form: count, quotedDigits: true, initial: "0"},
	{name: "note", form: note},
	{name: "status", form: between(1, 2), quotedDigits: true, initial: "2"},
	{name: "create_date", form: text, quotedDigits: true},
	{name: "update_date", form: text, quotedDigits: true},
	{name: "cel01", form: text},
	{name: "cel02", form: text},
	{name: "cel03", form: text},
	{name: "del_flg", form: between(0, 1), quotedDigits: true, initial: "0"},
	{name: "mailmaga_flg", form: between(0, 3), quotedDigits: true},
	{name: "url", form: text},
}

// Columns that the rules themselves speak of.
const (
	colID         = "customer_id"
	colEmail      = "email"
	colPassword   = "password"
	colAnswer     = "reminder_answer"
	colSecretKey  = "secret_key"
	colCreateDate = "create_date"
	colUpdateDate = "update_date"
	colDeleted    = "del_flg"
)

// record holds values by the name of their column; those of an update only
// what is to change.
type record map[string]string

// customer is one whole customer.
type customer struct {
	ID     int64
	Values record
}

// change is one object of an update.
type change struct {
	ID     int64
	Values record
}
