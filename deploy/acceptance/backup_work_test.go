package acceptance

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// work is a load on all five APIs.
type work struct {
	t       *testing.T
	g       *gateway
	workers sync.WaitGroup
	done    chan struct{}
	counts  [6]atomic.Int64 // what was answered, of each worker

	mu      sync.Mutex
	created map[string]int64 // customers
}

// startWorking starts it: one client of each API, and one who only looks.
func startWorking(t *testing.T, g *gateway) *work {
	t.Helper()
	w := &work{t: t, g: g, done: make(chan struct{}), created: map[string]int64{}}
	token := tokenOf(t, g, workingMail, workingPass)
	a := album{gateway: g, token: token, id: addCloak(t, g, token)}
	photo := written(t, camera(160, 120, 4, false))
	var old []string // these are deleted meanwhile
	for range 6 {
		old = append(old, a.mustUpload(photo))
	}
	looked := a.mustUpload(photo)
	newCustomers(t, g, "2000000000001", "2000000000002")
	till := newRegister(t, g, 1, []string{"2000000000001", "2000000000002"})
	example := ydits(t, g, "auth.php?step=1", url.Values{"mail": {"example@example.com"}, "pass": {"example_a"}})
	app := demoApp(t, g)
	guest := app.guest().AvatarID
	app.grant(guest, tiara)
	tasks := [len(w.counts)]func(client *http.Client, n int) error{
		w.create,
		func(_ *http.Client, n int) error { return uploadOrDelete(a, photo, old, n) },
		func(client *http.Client, n int) error {
			body := url.Values{"uuid": {example.UUID}, "softname": {fmt.Sprint("Soft", n)}, "key": {fmt.Sprint("key-", n)}}
			return expectStatus(client, g.url+"/ydits-api/ydits-account/auth.php?step=2", body, `"resultcode":200`)
		},
		func(*http.Client, int) error {
			if !till.book(till.next()) {
				return fmt.Errorf("a sale was not booked")
			}
			return nil
		},
		func(client *http.Client, _ int) error {
			room := fmt.Sprintf("%s/avatar/v1/Avatar/%d/FittingRoom", g.url, guest)
			return expectStatus(client, room+"/Select?key=demo-api-key", url.Values{"item_id": {tiara}}, "")
		},
		func(client *http.Client, _ int) error {
			return expectStatus(client, g.url+"/api/v2/photos/look", url.Values{"cd": {looked}}, "")
		},
	}
	for number, task := range tasks {
		w.workers.Go(func() { w.repeat(number, task) })
	}
	t.Cleanup(w.end)
	return w
}

// repeat does a task until the work is over, with a pause in which the machine
// can do the rest.
func (w *work) repeat(number int, task func(client *http.Client, n int) error) {
	client := newClient()
	for n := 0; ; n++ {
		select {
		case <-w.done:
			return
		case <-time.After(20 * time.Millisecond):
		}
		if err := task(client, n); err != nil {
			w.t.Errorf("worker %d: %v", number, err)
			return
		}
		w.counts[number].Add(1)
	}
}

func (w *work) create(client *http.Client, n int) error {
	email := fmt.Sprintf("meanwhile%d@example.com", n)
	id, err := create(client, w.g, shopKey, email)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.created[email] = id
	return nil
}

func uploadOrDelete(a album, photo []byte, old []string, n int) error {
	if n%2 == 0 && n/2 < len(old) {
		status, answer, err := sendAs(a, "/api/v2/photos/delete", url.Values{"ci": {a.id}, "cd": {old[n/2]}})
		if err != nil || status != http.StatusOK {
			return fmt.Errorf("deleting a photo: %d %s %v", status, answer, err)
		}
		return nil
	}
	_, status, answer, err := a.upload(photo)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("uploading: %d %s %v", status, answer, err)
	}
	return nil
}

// sendAs sends a form with the token of an album's owner.
func sendAs(a album, path string, form url.Values) (status int, answer string, err error) {
	request, err := http.NewRequest(http.MethodPost, a.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", formEncoding)
	request.Header.Set("Authorization", "Bearer "+a.token)
	response, err := patient.Do(request)
	if err != nil {
		return 0, "", err
	}
	return response.StatusCode, "", response.Body.Close()
}

// expectStatus sends a form that must be answered 200, with a part of an answer.
func expectStatus(client *http.Client, address string, form url.Values, part string) error {
	status, answer, err := send(client, http.MethodPost, address, formEncoding, form.Encode())
	if err != nil || status != http.StatusOK || !strings.Contains(answer, part) {
		return fmt.Errorf("%s was answered %d %.200s, %v", address, status, answer, err)
	}
	return nil
}

// isUnderWay says whether each worker was answered a few times.
func (w *work) isUnderWay() bool {
	for number := range w.counts {
		if w.counts[number].Load() < 3 {
			return false
		}
	}
	return true
}

// answeredSoFar are the customers whose creation was answered.
func (w *work) answeredSoFar() map[string]int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.created)
}

// end waits until nobody works any more; each must have gone on to the end.
func (w *work) end() {
	select {
	case <-w.done:
		return
	default:
	}
	close(w.done)
	w.workers.Wait()
	var counts []int64
	for number := range w.counts {
		counts = append(counts, w.counts[number].Load())
	}
	w.t.Logf("answered meanwhile, of each worker: %v", counts)
}
