package crm

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/stores"
)

// Sessionless are pages that are answered without a session of Auth.
type Sessionless struct {
	// Pages are their names, as the document writes them, whatever the letter
	// case. Auth is open anyway, and none may be named twice.
	Pages []string `json:"pages"`

	// From are the addresses, as CIDR or single ones, whose callers may do so;
	// empty means all. Get_UserPoint, Set_UserPoint and Set_LoginInfo need one at
	// least.
	From []string `json:"from,omitempty"`
}

// sessionless knows which pages are answered without a session, to whom, and
// counts such calls.
type sessionless struct {
	from  exceptions
	calls *prometheus.CounterVec
}

func newSessionless(lines []Sessionless, opened *stores.Stores, reg prometheus.Registerer) (*sessionless, error) {
	from, err := exceptionsOf(lines)
	if err != nil {
		return nil, err
	}
	calls, err := stores.Series(opened, reg, "crm calls without session", func() *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_crm_calls_without_session_total",
			Help: "Calls of CRM pages without a valid session of Auth, by operation and what became of them (allowed, refused).",
		}, []string{"operation", "outcome"})
	})
	return &sessionless{from, calls}, err
}

// exceptions are the pages that are answered without a session, to callers from
// these addresses; a page in it without addresses is open to all.
type exceptions map[*page][]netip.Prefix

// exceptionsOf reads the lines of the Caddyfile, or says what is wrong with them.
func exceptionsOf(lines []Sessionless) (exceptions, error) {
	all := exceptions{}
	for _, line := range lines {
		if err := all.add(line); err != nil {
			return nil, fmt.Errorf("require_auth: %w", err)
		}
	}
	return all, nil
}

func (all exceptions) add(line Sessionless) error {
	var from []netip.Prefix
	for _, text := range line.From {
		prefix, err := parsePrefix(text)
		if err != nil {
			return err
		}
		from = append(from, prefix)
	}
	if len(line.Pages) == 0 {
		return errors.New("off takes the names of pages")
	}
	for _, name := range line.Pages {
		p := pageNamed(name)
		switch {
		case p == nil:
			return fmt.Errorf("there is no page %q", name)
		case p.open:
			return fmt.Errorf("%s never needs a session", p.name)
		case p.sensitive && len(from) == 0:
			return fmt.Errorf("%s can be opened only with `from` and addresses", p.name)
		}
		if _, twice := all[p]; twice {
			return fmt.Errorf("%s is named twice", p.name)
		}
		all[p] = from
	}
	return nil
}

// parsePrefix reads a CIDR, or an address as the CIDR of itself. An IPv4 address
// in IPv6 clothes is one of IPv4, as the clients' are.
func parsePrefix(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		address = address.Unmap()
		return address.Prefix(address.BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a CIDR", text)
	}
	return prefix.Masked(), nil
}

// allows says whether a page is answered to a caller without a session.
func (s *sessionless) allows(p *page, client netip.Addr) bool {
	from, open := s.from[p]
	if !open || len(from) == 0 {
		return open
	}
	for _, prefix := range from {
		if prefix.Contains(client) {
			return true
		}
	}
	return false
}

func (s *sessionless) count(p *page, outcome string) {
	s.calls.WithLabelValues(p.op, outcome).Inc()
}

// parseSessionless reads one line `require_auth off <page>… [from <cidr>…]`.
func parseSessionless(d *caddyfile.Dispenser) (e Sessionless, err error) {
	args := d.RemainingArgs()
	if len(args) == 0 || args[0] != "off" {
		return e, d.Err("require_auth takes `off`, the names of pages, and `from` with addresses where they are for these only")
	}
	into := &e.Pages
	for _, arg := range args[1:] {
		if arg == "from" && into == &e.Pages {
			into = &e.From
			continue
		}
		*into = append(*into, arg)
	}
	if into == &e.From && len(e.From) == 0 {
		return e, d.Err("require_auth: `from` takes addresses, such as 192.168.0.0/16")
	}
	return e, nil
}
