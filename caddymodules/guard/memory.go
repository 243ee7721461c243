package guard

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"
)

// The bounds of what strangers can make a gateway remember, some 50 MB. Beyond
// them, what was not used for longest is forgotten.
const (
	mostWindows = 100_000
	mostMarks   = 1_000_000
	sweepAtOnce = 4 // outlived windows that an attempt clears away
)

// memory keeps the windows of the only gateway there is.
type memory struct {
	mu      sync.Mutex
	windows map[string]*list.Element // of *window
	recent  *list.List               // the window used last is in front
	marks   int                      // in all windows
}

// window holds what counts, the oldest first.
type window struct {
	key   string
	until int64 // when the last mark leaves it
	marks []mark
}

type mark struct {
	began int64 // Unix milliseconds
	id    uint64
	open  bool // undecided
}

func newMemory() *memory {
	return &memory{windows: map[string]*list.Element{}, recent: list.New()}
}

func (m *memory) enter(_ context.Context, at time.Time, try try, as outcome) (verdict, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := at.UnixMilli()
	m.sweep(now)
	v := m.judge(try, now)
	if v.answer != pass {
		return v, nil
	}
	if as == right {
		m.clear(try)
		return v, nil
	}
	for _, s := range try.slots {
		m.add(try.account+s.key, mark{began: now, id: try.id, open: as == undecided}, s.limit)
	}
	return v, nil
}

func (m *memory) settle(_ context.Context, try try, as outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range try.slots {
		w := m.find(try.account + s.key)
		if w == nil {
			continue
		}
		if as == right || as == void {
			m.drop(w, func(mark mark) bool { return mark.id == try.id })
			continue
		}
		for i := range w.marks {
			if w.marks[i].id == try.id {
				w.marks[i].open = false
			}
		}
	}
	if as == right {
		m.clear(try)
	}
	return nil
}

// judge says what the windows say together: a refusal before a wait, a wait
// before a pass.
func (m *memory) judge(try try, now int64) verdict {
	v := verdict{answer: pass}
	for i, s := range try.slots {
		w := m.find(try.account + s.key)
		if w == nil {
			continue
		}
		m.age(w, s.limit, now)
		a, oldest := w.judge(s.limit)
		if a == refused || a == wait && v.answer == pass {
			v = verdict{answer: a, slot: i, retry: time.Duration(oldest-now)*time.Millisecond + time.Duration(s.limit.Window)}
		}
		if a == refused {
			break
		}
	}
	return v
}

// judge says what one window says, and when the mark began that must leave it.
func (w *window) judge(limit Limit) (a answer, oldest int64) {
	failures := 0
	for _, mark := range w.marks {
		if !mark.open {
			failures++
		}
	}
	if failures >= limit.Failures {
		surplus := failures - limit.Failures // where a reload has lowered the limit
		for _, mark := range w.marks {
			if mark.open {
				continue
			}
			if surplus == 0 {
				return refused, mark.began
			}
			surplus--
		}
	}
	if len(w.marks) >= limit.Failures {
		return wait, w.marks[0].began
	}
	return pass, 0
}

// age lets marks leave that are out of the window, and takes for failures what
// was undecided for too long.
func (m *memory) age(w *window, limit Limit, now int64) {
	for i := range w.marks {
		if w.marks[i].began <= now-undecidedAtMost.Milliseconds() {
			w.marks[i].open = false
		}
	}
	left := now - time.Duration(limit.Window).Milliseconds()
	m.drop(w, func(mark mark) bool { return mark.began <= left })
}

// clear forgets the failures of a try's first window; what is undecided there
// goes on counting.
func (m *memory) clear(try try) {
	if w := m.find(try.account + try.slots[0].key); w != nil {
		m.drop(w, func(mark mark) bool { return !mark.open })
	}
}

// find gives a window, and notes that it was used.
func (m *memory) find(key string) *window {
	element, ok := m.windows[key]
	if !ok {
		return nil
	}
	m.recent.MoveToFront(element)
	return element.Value.(*window)
}

func (m *memory) add(key string, added mark, limit Limit) {
	w := m.find(key)
	if w == nil {
		w = &window{key: key}
		m.windows[key] = m.recent.PushFront(w)
	}
	at := len(w.marks)
	for at > 0 && w.marks[at-1].began > added.began {
		at-- // a clock that was set back
	}
	w.marks = slices.Insert(w.marks, at, added)
	w.until = max(w.until, added.began+time.Duration(limit.Window).Milliseconds())
	m.marks++
	for len(m.windows) > mostWindows || m.marks > mostMarks {
		m.forget(m.recent.Back())
	}
}

// drop takes marks out of a window, and the window away once it is empty.
func (m *memory) drop(w *window, gone func(mark) bool) {
	before := len(w.marks)
	w.marks = slices.DeleteFunc(w.marks, gone)
	m.marks -= before - len(w.marks)
	if len(w.marks) == 0 {
		if element, ok := m.windows[w.key]; ok {
			m.forget(element)
		}
	}
}

func (m *memory) forget(element *list.Element) {
	w := m.recent.Remove(element).(*window)
	delete(m.windows, w.key)
	m.marks -= len(w.marks)
}

// sweep clears away a few windows that nobody asks for any more.
func (m *memory) sweep(now int64) {
	for range sweepAtOnce {
		last := m.recent.Back()
		if last == nil || last.Value.(*window).until > now-slack.Milliseconds() {
			return
		}
		m.forget(last)
	}
}
