package crm

import "sekisho/backends/kit"

// userAnswer is the answer of Get_UserInfo2 and Set_UserInfo2.
type userAnswer struct {
	head
	User userJSON `json:"User"`
}

// userJSON is the document's User, its keys in the order of 7.4.
type userJSON struct {
	Code             string          `json:"Code"`
	Name             string          `json:"Name"`
	Kana             string          `json:"Kana"`
	PostalCode       string          `json:"PostalCode"`
	Address1         string          `json:"Address1"`
	Address2         string          `json:"Address2"`
	Address3         string          `json:"Address3"`
	Tel1             string          `json:"Tel1"`
	Tel2             string          `json:"Tel2"`
	Email            string          `json:"Email"`
	Rank             string          `json:"Rank"`
	Shop             string          `json:"Shop"`
	Birth            string          `json:"Birth"`
	Memo             string          `json:"Memo"`
	Gender           kit.Number      `json:"Gender"`
	Point            kit.Number      `json:"Point"`
	Tanto            string          `json:"Tanto"`
	TotalShopCount   kit.Number      `json:"TotalShopCount"`
	TotalSalesCount  kit.Number      `json:"TotalSalesCount"`
	TotalSalesAmount kit.Number      `json:"TotalSalesAmount"`
	Segment          kit.Number      `json:"Segment"`
	Division01       string          `json:"Division01"`
	Division02       string          `json:"Division02"`
	Division03       string          `json:"Division03"`
	Division04       string          `json:"Division04"`
	Division05       string          `json:"Division05"`
	Division06       string          `json:"Division06"`
	Division07       string          `json:"Division07"`
	Division08       string          `json:"Division08"`
	Division09       string          `json:"Division09"`
	Division10       string          `json:"Division10"`
	ExpandMemo       string          `json:"ExpandMemo"`
	Tanto2           string          `json:"Tanto2"`
	LastShopDate     string          `json:"LastShopDate"`
	LastYearPoint    kit.Number      `json:"LastYearPoint"`
	ResistDate       string          `json:"ResistDate"`
	Attribute1       []attributeJSON `json:"Attribute1"`
	Attribute2       []attributeJSON `json:"Attribute2"`
	LoginID          string          `json:"LoginId"`
	HintCode         string          `json:"HintCode"`
	HintAns          string          `json:"HintAns"`
}

// attributeJSON is an element of Attribute1 and Attribute2, spelt as the example
// spells it.
type attributeJSON struct {
	AttrID   string `json:"AttrID"`
	AttrName string `json:"AttrName"`
}

// user draws a customer as the document's User.
func (s *service) user(p profile, hintAns string) userAnswer {
	text, number := s.text, s.numbers.Of
	return userAnswer{s.ok(), userJSON{
		Code:             p.Code,
		Name:             text(p.Name),
		Kana:             text(p.Kana),
		PostalCode:       text(p.PostalCode),
		Address1:         text(p.Address1),
		Address2:         text(p.Address2),
		Address3:         text(p.Address3),
		Tel1:             text(p.Tel1),
		Tel2:             text(p.Tel2),
		Email:            text(p.Email),
		Rank:             text(p.Rank),
		Shop:             text(p.Shop),
		Birth:            text(p.Birth),
		Memo:             text(p.Memo),
		Gender:           number(p.Gender),
		Point:            number(p.points.Balance),
		Tanto:            text(p.Tanto),
		TotalShopCount:   number(p.TotalShopCount),
		TotalSalesCount:  number(p.TotalSalesCount),
		TotalSalesAmount: number(p.TotalSalesAmount),
		Segment:          number(p.Segment),
		Division01:       text(p.Division01),
		Division02:       text(p.Division02),
		Division03:       text(p.Division03),
		Division04:       text(p.Division04),
		Division05:       text(p.Division05),
		Division06:       text(p.Division06),
		Division07:       text(p.Division07),
		Division08:       text(p.Division08),
		Division09:       text(p.Division09),
		Division10:       text(p.Division10),
		ExpandMemo:       text(p.ExpandMemo),
		Tanto2:           text(p.Tanto2),
		LastShopDate:     text(p.LastShopDate),
		LastYearPoint:    number(p.points.LastYear),
		ResistDate:       text(p.ResistDate),
		Attribute1:       s.attributes(p, kubunAttribute1),
		Attribute2:       s.attributes(p, kubunAttribute2),
		LoginID:          p.login.LoginID,
		HintCode:         text(p.login.HintCode),
		HintAns:          text(hintAns),
	}}
}

// attributes draws those of one kind, an empty list where there are none.
func (s *service) attributes(p profile, kubun string) []attributeJSON {
	drawn := []attributeJSON{}
	for _, a := range p.attributes {
		if a.Kubun == kubun {
			drawn = append(drawn, attributeJSON{a.AttrID, s.text(a.Name)})
		}
	}
	return drawn
}
