package acceptance

import (
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"sekisho/backends/kit/kittest"
)

// Every documented example, sent over the network to the running gateway on
// each set of stores, gets the documented answer to the byte: from the
// trying-out site as from the API's own.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	issued := kittest.Random{
		"uuid": regexp.MustCompile(`"uuid":"([0-9a-f-]{36})"`),
		"key":  regexp.MustCompile(`"key":"([A-Za-z0-9_-]{43})"`),
	}
	photocloak := kittest.Random{
		"access":  regexp.MustCompile(`"access_token":"([A-Za-z0-9_-]{55,})"`),
		"refresh": regexp.MustCompile(`"refresh_token":"([0-9a-f]{32})"`),
		"opened":  regexp.MustCompile(`"CloakToken":"([A-Za-z0-9_-]{55,})"`),
		"time":    regexp.MustCompile(`"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00)"`),
		"number":  regexp.MustCompile(`"Name":"夏の旅",("PrefixCode":"[a-z]+","PrefixName":".","CloakNo":"\d+")`),
		"host":    regexp.MustCompile(`"NoImageUrl":"(http://[^/]*)/`),
	}
	avatarplay := kittest.Random{
		"guest":   regexp.MustCompile(`"avatarId":([0-9]{9,16}),"avatarImageUrl":"[^"]*","avatarNonAnimationImageUrl":"[^"]*","faceImageUrl":"[^"]*","guest":true,"status":200}$`),
		"picture": regexp.MustCompile(`/avatar/images/([0-9a-f]{32}(?:-[0-9a-f]{32})?)`),
		"ticket":  regexp.MustCompile(`ticket=([0-9a-f]{64})`),
	}
	crm := kittest.Random{
		"session": regexp.MustCompile(`"Token":"([0-9a-f]{40})"`),
		"token":   regexp.MustCompile(`"(?:TokenID|tokenid)":"([0-9a-f]{64})"`),
		"today":   regexp.MustCompile(`"ResistDate":"(20[2-9][0-9]{5})"`),
	}
	for name, env := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			// The YDITS conversation begins with an empty table, that of the
			// customers with the demo data.
			g := startGateway(t, env...)
			kittest.Converse(t, "../../backends/ydits/testdata/documented.txt", kittest.At(described(t, client, "ydits"), g.url), issued)
		})
	}
	for name, env := range deployments(t) {
		t.Run("demo, "+name, func(t *testing.T) {
			g := startGateway(t, append(env, "SEKISHO_DEMO=1")...)
			kittest.Converse(t, "../../backends/customers/testdata/documented.txt", kittest.At(described(t, client, "customers"), g.url), nil)
			kittest.Converse(t, "../../backends/photocloak/testdata/documented.txt", kittest.At(described(t, client, "photocloak"), g.url), photocloak)
			kittest.Converse(t, "../../backends/avatarplay/testdata/documented.txt", kittest.At(described(t, asExample, "avatarplay"), g.url), avatarplay)
			kittest.Converse(t, "../../backends/crm/testdata/documented.txt", kittest.At(described(t, client, "crm"), g.url), crm)
		})
	}
	for name, env := range deployments(t) {
		t.Run("the CRM's port, "+name, func(t *testing.T) { // a sale is booked once: a gateway of its own
			g := startGateway(t, append(env, "SEKISHO_DEMO=1")...)
			kittest.Converse(t, "../../backends/crm/testdata/documented.txt", kittest.At(described(t, client, "crm"), g.crm), crm)
		})
	}
}

// described is a client whose answers are held against an API's OpenAPI file.
func described(t testing.TB, c *http.Client, api string) *http.Client {
	t.Helper()
	spec, err := os.ReadFile("../../backends/" + api + "/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	watched := *c
	watched.Transport = kittest.DescribedTransport(t, c.Transport, spec)
	return &watched
}

// asExample asks the host example.com, wherever that is: answers name it.
var asExample = &http.Client{Timeout: time.Minute, Transport: asHost("example.com")}

type asHost string

func (host asHost) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = string(host)
	return client.Transport.RoundTrip(r)
}
