package photocloak

import (
	"context"
	"math/rand/v2"

	"sekisho/caddymodules/fault"
)

// cloakNumber is what people call a cloak by: ume 11 (梅-11).
type cloakNumber struct {
	prefix string // its code
	no     int64
}

// addWithNumber adds a cloak under a free number of a random prefix. The fault is
// Excess: of cloak where the member has as many cloaks as they may, of cloakno
// where no number is left.
//
// A free number is looked up outside the transaction that takes it, because in a
// nearly full house that means counting. So another may be quicker; then it looks
// again. It ends, for each such round somebody took a number.
func (s *service) addWithNumber(ctx context.Context, c *cloak) error {
	for {
		n, found, err := s.store.freeNumber(ctx, s.rules.shuffledPrefixes(), s.rules.maxNo)
		if err != nil {
			return err
		}
		if !found {
			if err := s.store.mayHaveAnother(ctx, c.MemberID); err != nil {
				return err
			}
			return fault.New(fault.Excess, subjectCloakNo)
		}
		added, err := s.store.addUnder(ctx, c, n)
		if err != nil || added {
			return err
		}
	}
}

// shuffledPrefixes gives the codes of the prefixes in random order.
func (u rules) shuffledPrefixes() []string {
	codes := make([]string, len(u.prefixes))
	for i, j := range rand.Perm(len(u.prefixes)) {
		codes[i] = u.prefixes[j].Code
	}
	return codes
}
