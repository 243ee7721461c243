package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
)

func init() { apis["ydits"] = api{clients: 6, begin: beginYDITS} }

const (
	yditsPath = "/ydits-api/ydits-account/"
	yditsPass = "himitsu-1234"

	// The demo data's user, and the key of a software that the probe uses.
	yditsDemo = "5a3c9c52-7f0e-4f1b-9d3e-0c6f2b8e41aa"
	yditsKey  = "a-key-of-the-torture"
)

// What the document has for success.
const (
	yditsSignedUp      = "ユーザー登録が完了しました"
	yditsInquired      = "ユーザー照会に成功しました"
	yditsIssued        = "ソフト利用登録を受け付けました"
	yditsRegistered    = "ソフトの登録を行いました。"
	yditsAuthenticated = "認証に成功しました"
)

// registry is the YDITS account API: who signed up, and what software they were
// told is registered.
type registry struct {
	w       *world
	numbers counter

	mu   sync.Mutex
	told map[string]*softUser // by mail address
}

// softUser is somebody who uses software. Only one client acts for them.
type softUser struct {
	mail, name, uuid string
	softs            map[string]string // keys by softname
	names            []string          // of softs
	guessed          int               // wrong keys that strangers tried
}

func beginYDITS(w *world) (subject, error) {
	r := &registry{w: w, told: map[string]*softUser{}}
	a, err := w.gateways[0].send(healthClient, softCall("register", "auth.php?step=2", yditsRegistered,
		"uuid", yditsDemo, "softname", "Torture", "key", yditsKey))
	if err == nil && judgeYDITS(yditsRegistered)(a) != done {
		err = fmt.Errorf("registering software: %s", a)
	}
	return r, err
}

// probe authenticates from an address that nobody called from: of one that was
// right a moment ago Redis is not asked.
func (r *registry) probe(g *gateway) error {
	client := newMachine()
	defer client.CloseIdleConnections()
	a, err := g.send(client, authenticating(yditsDemo, yditsKey))
	if err == nil && judgeYDITS(yditsAuthenticated)(a) != done {
		err = fmt.Errorf("authenticate is answered %s", a)
	}
	return err
}

func (r *registry) client(c *caller) client {
	c.move() // to a machine of its own
	return &registrant{registry: r, c: c, beside: ownMachine(c)}
}

// softCall is a call of the API. What is sent are pairs of names and values: of
// some calls a form, as the provider's own clients send it, of the others JSON, as
// the document prints it.
func softCall(operation, path, words string, pairs ...string) call {
	k := call{operation: operation, method: "POST", path: yditsPath + path, judge: judgeYDITS(words)}
	form, object := url.Values{}, map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		object[pairs[i]] = pairs[i+1]
	}
	if k.about = form.Get("mail"); k.about == "" {
		k.about = form.Get("uuid") + " " + form.Get("softname")
	}
	if asForm := len(form.Encode())%2 == 0; asForm { // the same again in each try
		k.body, k.header = []byte(form.Encode()), []string{"Content-Type", formEncoding}
		return k
	}
	k.body, _ = json.Marshal(object)
	k.header = []string{"Content-Type", "application/json"}
	return k
}

func authenticating(uuid, key string) call {
	return softCall("authenticate", "auth.php?step=3", yditsAuthenticated, "uuid", uuid, "key", key)
}

// judgeYDITS reads an answer as the document has them: what counts is resultcode.
func judgeYDITS(words string) func(answer) verdict {
	return func(a answer) verdict {
		var said struct {
			Result     string
			ResultCode int
		}
		if a.status != 200 || json.Unmarshal(a.body, &said) != nil {
			return strange
		}
		switch {
		case said.ResultCode == 200 && said.Result == words:
			return done
		case said.ResultCode == 406 || said.ResultCode == 409:
			return refused
		case said.ResultCode == 429:
			return tooMany
		case said.ResultCode == 500:
			return failed
		}
		return strange
	}
}
