package crm

import (
	"sekisho/caddymodules/fault"
)

// page is one of the ten pages, with the answers that its section of the
// document lists.
type page struct {
	// name is the page's own, Get_UserToken for Get_UserToken.aspx.
	name string

	// op is its name in metrics and logs, and in its path below /crm/.
	op string

	// open pages are answered without a session of Auth.
	open bool

	// sensitive pages may do without a session only for callers from addresses
	// that the Caddyfile names.
	sensitive bool

	missing  status    // パラメータが不足しています: absent, malformed or over-long
	refusals []refusal // in the order of the document
	internal int       // the code of 内部エラー
	session  int       // that of 内部エラー without a session

	// null is the key that a failure shows with null, "" where it shows none.
	null string

	// harmless names the parameters that may be logged with their values.
	harmless []string

	// answer lets the rules decide and gives what is sent, or a *fault.Fault.
	answer func(s *service, c *call) (any, error)
}

// status is a StatusCode with its words.
type status struct {
	code  int
	words string
}

// refusal is a fault that a page has a code for.
type refusal struct {
	fault *fault.Fault
	status
}

// What the rules refuse. Which code that is depends on the page.
var (
	errSystemLogin     = fault.New(fault.Unauthorized, "login_id")
	errLoginUnknown    = fault.New(fault.NotFound, "login")
	errWrongPassword   = fault.New(fault.Unauthorized, "user_pasword")
	errLoginTaken      = fault.New(fault.Conflict, "user_loginid")
	errLoginForm       = fault.New(fault.Malformed, "user_loginid")
	errPasswordForm    = fault.New(fault.Malformed, "user_pasword")
	errOtherDevice     = fault.New(fault.Unauthorized, "uuid")
	errCustomerUnknown = fault.New(fault.NotFound, "user_code")
	errTelUnknown      = fault.New(fault.NotFound, "user_tel")
	errCustomerLeft    = fault.New(fault.Forbidden, "user_code")
	errShopUnknown     = fault.New(fault.NotFound, "sales_shop")
	errChangedElse     = fault.New(fault.Conflict, "user_code")
	errNoSales         = fault.New(fault.NotFound, "month")
	errNoSession       = fault.New(fault.Unauthorized, "Token")
)

// The words that several pages share.
const (
	missingWords         = "パラメータが不足しています"
	loginUnknownWords    = "ログインIDが存在しません"
	wrongPasswordWords   = "パスワードが間違っています"
	customerUnknownWords = "顧客CDが存在しません"
	internalWords        = "内部エラー: "
	noSessionWords       = "セッションの接続が切れています"
)

// pages are the ten pages: 7.1 to 7.4 of the document, 7.5 to 7.10 as the
// vendor's manual has them.
var pages = []*page{
	{
		name: "Auth", op: "auth", open: true,
		missing: status{-1, "ID/PASSが指定されていません"},
		refusals: []refusal{
			{errSystemLogin, status{-2, "ID/PASSが間違っています"}},
		},
		internal: -3,
		answer:   (*service).auth,
	},
	{
		name: "Get_UserToken", op: "get_usertoken",
		missing: status{-26001, missingWords},
		refusals: []refusal{
			{errLoginUnknown, status{-26002, loginUnknownWords}},
			{errWrongPassword, status{-26003, wrongPasswordWords}},
		},
		internal: -26004, session: -26098, null: "TokenID",
		answer: (*service).getUserToken,
	},
	{
		name: "Set_LoginInfo", op: "set_logininfo", sensitive: true,
		missing: status{-27001, missingWords},
		refusals: []refusal{
			{errLoginTaken, status{-27002, "既に使用されているログインIDです"}},
			{errLoginForm, status{-27003, "ログインIDに使用不可能な文字列が含まれています(半角英数字のみ20桁)"}},
			{errPasswordForm, status{-27004, "パスワードに使用不可能な文字列が含まれています(半角英数字のみ20桁)"}},
		},
		internal: -27005, session: -27098, null: "Uuid",
		answer: (*service).setLoginInfo,
	},
	{
		name: "Get_UserInfo2", op: "get_userinfo2",
		missing: status{-31001, missingWords},
		refusals: []refusal{
			{errLoginUnknown, status{-31002, loginUnknownWords}},
			{errOtherDevice, status{-31003, wrongPasswordWords}},
		},
		internal: -31004, session: -31098, null: "User",
		answer: (*service).getUserInfo2,
	},
	{
		name: "Get_UserPoint", op: "get_userpoint", sensitive: true,
		missing: status{-8001, missingWords},
		refusals: []refusal{
			{errCustomerUnknown, status{-8002, customerUnknownWords}},
			{errTelUnknown, status{-8003, "顧客TELが存在しません"}},
			{errCustomerLeft, status{-8004, "退会済み顧客です"}},
		},
		internal: -8005, session: -8098, null: "UserPoint",
		answer: (*service).getUserPoint,
	},
	{
		name: "Set_UserPoint", op: "set_userpoint", sensitive: true,
		missing: status{-9001, missingWords},
		refusals: []refusal{
			{errCustomerUnknown, status{-9002, customerUnknownWords}},
			{errShopUnknown, status{-9003, "店舗CDが存在しません"}},
		},
		internal: -9004, session: -9098,
		harmless: []string{"sales_date", "sales_division", "sales_shop", "register_no", "receipt_no"},
		answer:   (*service).setUserPoint,
	},
	{
		name: "Set_UserInfo2", op: "set_userinfo2",
		missing: status{-28001, missingWords},
		refusals: []refusal{
			{errLoginUnknown, status{-28002, loginUnknownWords}},
			{errCustomerUnknown, status{-28003, customerUnknownWords}},
		},
		internal: -28004, session: -28098, null: "User",
		harmless: []string{"Segment"},
		answer:   (*service).setUserInfo2,
	},
	{
		name: "Set_Password", op: "set_password",
		missing: status{-32001, missingWords},
		refusals: []refusal{
			{errLoginUnknown, status{-32002, loginUnknownWords}},
			{errWrongPassword, status{-32003, wrongPasswordWords}},
		},
		internal: -32004, session: -32098,
		answer: (*service).setPassword,
	},
	{
		name: "Set_DelFlg", op: "set_delflg",
		missing: status{-34001, missingWords},
		refusals: []refusal{
			{errLoginUnknown, status{-34002, loginUnknownWords}},
			{errCustomerUnknown, status{-34003, customerUnknownWords}},
			{errChangedElse, status{-34004, "他で修正されているため削除できません。"}},
		},
		internal: -34005, session: -34098,
		answer: (*service).setDelFlg,
	},
	{
		name: "Get_SalesInfo", op: "get_salesinfo",
		missing: status{-33001, missingWords},
		refusals: []refusal{
			{errCustomerUnknown, status{-33002, customerUnknownWords}},
			{errNoSales, status{-33003, "指定範囲の売上データがありません。"}},
		},
		internal: -33004, session: -33098, null: "Sales",
		harmless: []string{"month", "count"},
		answer:   (*service).getSalesInfo,
	},
}
