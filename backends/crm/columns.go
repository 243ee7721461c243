package crm

// textColumn is a text of the customer master.
type textColumn struct {
	column   string // in the database and in CSV files
	param    string // of Set_UserInfo2; "" where it does not change it
	most     int    // characters
	settable int    // most characters that Set_UserInfo2 takes, where they are others
	date     bool
	of       func(*customer) *string
}

// textColumns are the texts of a customer, in the order of 7.4.
var textColumns = []textColumn{
	{column: "name", param: "Name", most: 100, of: func(c *customer) *string { return &c.Name }},
	{column: "kana", param: "Kana", most: 80, of: func(c *customer) *string { return &c.Kana }},
	{column: "postal_code", param: "Postalcode", most: 30, of: func(c *customer) *string { return &c.PostalCode }},
	{column: "address1", param: "address1", most: 200, of: func(c *customer) *string { return &c.Address1 }},
	{column: "address2", param: "address2", most: 200, of: func(c *customer) *string { return &c.Address2 }},
	{column: "address3", param: "address3", most: 200, of: func(c *customer) *string { return &c.Address3 }},
	{column: "tel1", param: "tel1", most: 40, of: func(c *customer) *string { return &c.Tel1 }},
	{column: "tel2", param: "tel2", most: 40, of: func(c *customer) *string { return &c.Tel2 }},
	{column: "email", param: "Email", most: 200, of: func(c *customer) *string { return &c.Email }},
	{column: "rank", param: "rank", most: 8, settable: 4, of: func(c *customer) *string { return &c.Rank }},
	{column: "shop", param: "Shop", most: 8, of: func(c *customer) *string { return &c.Shop }},
	{column: "birth", param: "Birth", most: 8, date: true, of: func(c *customer) *string { return &c.Birth }},
	{column: "memo", param: "Memo", most: 60, of: func(c *customer) *string { return &c.Memo }},
	{column: "tanto", param: "Tanto", most: 20, of: func(c *customer) *string { return &c.Tanto }},
	{column: "division01", param: "division01", most: 20, of: func(c *customer) *string { return &c.Division01 }},
	{column: "division02", param: "division02", most: 20, of: func(c *customer) *string { return &c.Division02 }},
	{column: "division03", param: "division03", most: 20, of: func(c *customer) *string { return &c.Division03 }},
	{column: "division04", param: "division04", most: 20, of: func(c *customer) *string { return &c.Division04 }},
	{column: "division05", param: "division05", most: 20, of: func(c *customer) *string { return &c.Division05 }},
	{column: "division06", param: "division06", most: 20, of: func(c *customer) *string { return &c.Division06 }},
	{column: "division07", param: "division07", most: 20, of: func(c *customer) *string { return &c.Division07 }},
	{column: "division08", param: "division08", most: 20, of: func(c *customer) *string { return &c.Division08 }},
	{column: "division09", param: "division09", most: 20, of: func(c *customer) *string { return &c.Division09 }},
	{column: "division10", param: "division10", most: 20, of: func(c *customer) *string { return &c.Division10 }},
	{column: "expand_memo", param: "expandmemo", most: 400, of: func(c *customer) *string { return &c.ExpandMemo }},
	{column: "tanto2", most: 8, of: func(c *customer) *string { return &c.Tanto2 }},
	{column: "last_shop_date", most: 8, date: true, of: func(c *customer) *string { return &c.LastShopDate }},
	{column: "resist_date", param: "Resistdate", most: 8, date: true, of: func(c *customer) *string { return &c.ResistDate }},
	{column: "updated_date", most: 8, date: true, of: func(c *customer) *string { return &c.UpdatedDate }},
	{column: "left_date", most: 8, date: true, of: func(c *customer) *string { return &c.LeftDate }},
}

// 顧客区分, a customer's Segment.
const (
	segmentUnused       = 0 // 未使用
	segmentSmartphone   = 1 // スマホ
	segmentFeaturePhone = 2 // ガラケー
	segmentUnregistered = 9 // 会員情報未登録
)

func isSegment(n int64) bool {
	return n == segmentUnused || n == segmentSmartphone || n == segmentFeaturePhone || n == segmentUnregistered
}

// mostGender is the largest 性別: 0 未設定, 1 女性, 2 男性.
const mostGender = 2

// mostTotal is the largest number of ten digits.
const mostTotal = 9_999_999_999

const longestRank = 8 // characters
