package avatarplay

import (
	"net/http"

	"sekisho/caddymodules/identity"
)

// echo answers GET Echo: the message, or "" without one.
func (s *service) echo(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	message := p.text("message", longestMessage)
	if err := p.err(); err != nil {
		return err
	}
	return write(w, http.StatusOK, echoAnswer{Message: message})
}
