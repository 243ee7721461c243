package crm

import (
	"strings"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
)

// userPointAnswer is the answer of Get_UserPoint.
type userPointAnswer struct {
	head
	UserPoint []userPointJSON `json:"UserPoint"`
}

// userPointJSON is an element of UserPoint.
type userPointJSON struct {
	Code      string     `json:"Code"`
	Name      string     `json:"Name"`
	RankCode  string     `json:"RankCode"`
	RankName  string     `json:"RankName"`
	PointRate kit.Number `json:"PointRate"`
	Shop      string     `json:"Shop"`
	Birth     string     `json:"Birth"`
	Memo      string     `json:"Memo"`
	Gender    kit.Number `json:"Gender"`
	Point     kit.Number `json:"Point"`
}

const longestTel = 40 // characters

// getUserPoint gives a cash register the customers of a code or telephone number
// (7.5 Get_UserPoint), as far as they have not left.
func (s *service) getUserPoint(c *call) (any, error) {
	all, err := s.askedFor(c)
	if err != nil {
		return nil, err
	}
	answer := userPointAnswer{head: s.ok()}
	for _, f := range all {
		if !f.HasLeft {
			answer.UserPoint = append(answer.UserPoint, s.userPoint(f))
		}
	}
	if len(answer.UserPoint) == 0 {
		return nil, errCustomerLeft
	}
	return answer, nil
}

// askedFor gives the customers that a call asks for, those who left too. A code
// wins over a telephone number.
func (s *service) askedFor(c *call) ([]found, error) {
	code, err := c.text("user_code", longestCode)
	if err != nil {
		return nil, err
	}
	if code = s.given(code); code != "" {
		return atLeastOne(errCustomerUnknown)(c.store.byCode(c.r.Context(), code))
	}
	tel, err := c.required("user_tel", longestTel)
	if err != nil {
		return nil, err
	}
	digits := telDigits(tel)
	if digits == "" {
		return nil, errTelUnknown
	}
	return atLeastOne(errTelUnknown)(c.store.byTel(c.r.Context(), digits))
}

// atLeastOne makes a fault of finding nobody.
func atLeastOne(otherwise *fault.Fault) func([]found, error) ([]found, error) {
	return func(all []found, err error) ([]found, error) {
		if err == nil && len(all) == 0 {
			return nil, otherwise
		}
		return all, err
	}
}

func (s *service) userPoint(f found) userPointJSON {
	return userPointJSON{
		Code:      f.Code,
		Name:      s.text(f.Name),
		RankCode:  s.text(f.Rank),
		RankName:  s.text(f.RankName),
		PointRate: s.hundredths(f.Rate),
		Shop:      s.text(f.Shop),
		Birth:     s.text(f.Birth),
		Memo:      s.text(f.Memo),
		Gender:    s.numbers.Of(f.Gender),
		Point:     s.numbers.Of(f.Balance),
	}
}

// telDigits is the form in which telephone numbers are compared: their digits,
// half-width, and nothing between them.
func telDigits(tel string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9':
			return r
		case '０' <= r && r <= '９':
			return r - '０' + '0'
		}
		return -1
	}, tel)
}
