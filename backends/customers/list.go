package customers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

const (
	listPage     = 1000             // customers read at once
	listPatience = 30 * time.Second // that a caller may take to accept a page
	listsAtOnce  = 64               // beyond that callers are asked to come back
	listRetry    = time.Second      // after which they may
	listRecheck  = 3 * time.Second  // between two looks whether the site still may
	listAtMost   = 15 * time.Minute // for the whole list
)

// list answers GET /user/list (利用者一覧取得): every living customer, streamed
// page by page, so that neither the number of customers nor a slow caller
// takes memory or a connection to the database.
func (s *service) list(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	select {
	case s.lists <- struct{}{}:
		defer func() { <-s.lists }()
	default:
		return &fault.Fault{Kind: fault.TooMany, RetryAfter: listRetry}
	}

	page, err := s.store.page(r.Context(), 0, append([]byte(nil), listOpened...))
	if err != nil {
		return err
	}
	if page.customers == 0 {
		return fault.New(fault.NotFound, "")
	}
	header := w.Header()
	header["Content-Type"] = []string{contentType}
	header["X-Content-Type-Options"] = []string{"nosniff"}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	out := &pageWriter{w: w, control: http.NewResponseController(w)}
	defer out.release()
	return s.stream(r.Context(), out, page)
}

// errSlowReader ends a list that its caller drags out.
var errSlowReader = errors.New("the caller takes too long over the list")

// stream writes the first page and all that follow. A site that is disabled in
// the meantime does not get the rest.
func (s *service) stream(ctx context.Context, out *pageWriter, page page) (err error) {
	began := clock.Now()
	checked := began
	for first := true; ; first = false {
		last := page.customers < listPage
		if last {
			page.json = append(page.json, listClosed...)
		}
		if err := out.write(page.json, first || last); err != nil {
			return err
		}
		if last {
			return nil
		}
		now := clock.Now()
		if now.Sub(began) > listAtMost {
			return errSlowReader
		}
		if now.Sub(checked) > listRecheck {
			if _, err := identity.Again(ctx, apiName); err != nil {
				return err
			}
			checked = now
		}
		// A page that comes out empty only closes the list.
		if page, err = s.store.page(ctx, page.last, page.json[:0]); err != nil {
			return err
		}
	}
}

// pageWriter writes pages, each within listPatience.
type pageWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (p *pageWriter) write(page []byte, flush bool) error {
	if err := p.deadline(time.Now().Add(listPatience)); err != nil { // the kernel's time, not the clock's
		return err
	}
	if _, err := p.w.Write(page); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if !flush {
		return nil
	}
	if err := p.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("writing the list: %w", err)
	}
	return nil
}

// release gives the connection back to its next request.
func (p *pageWriter) release() { _ = p.deadline(time.Time{}) }

func (p *pageWriter) deadline(t time.Time) error {
	if err := p.control.SetWriteDeadline(t); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("setting the list's deadline: %w", err)
	}
	return nil
}
