package customers

import (
	"context"
	"os"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// TestDocumented sends each request of the source document, and what the
// contract settles around them, to a gateway with the demo data.
func TestDocumented(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		storetest.Widen(t, s)
		kittest.Converse(t, "testdata/documented.txt", kittest.To(shop.gateway), nil)
	})
}

// TestCreateExample sends the document's create where the next id is 99, as in
// its answer, and reads the customer back.
func TestCreateExample(t *testing.T) {
	body, err := os.ReadFile("testdata/create.json")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openShop(t, s, usual)
		shop.fill(customer{ID: 98, Values: record{"name01": "海", "name02": "山", colEmail: "98@example.com", colDeleted: "1"}})
		shop.post("create", string(body)).want(t, 200, `{"status":true,"message":"success","data":99}`)

		created := shop.read(99)
		want := demoCustomers()[0].Values
		for _, c := range columns {
			if c.name == colSecretKey {
				if len(created[c.name]) != 36 {
					t.Errorf("secret_key is %q, no UUID", created[c.name])
				}
				continue
			}
			if created[c.name] != want[c.name] {
				t.Errorf("%s came back as %q, was written as %q", c.name, created[c.name], want[c.name])
			}
		}
	})
}

// TestDemoTwice loads the demo data again after a visitor changed it.
func TestDemoTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		shop.post("update", `{"data":[{"customer_id":2,"note":"changed"}]}`)
		shop.get("delete", "&id=3")
		before := shop.everything()
		if err := demo(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		if after := shop.everything(); after != before {
			t.Errorf("the demo data changed what was there:\n%s\nbefore:\n%s", after, before)
		}
		shop.post("create", minimal("next@example.com")).want(t, 200, `{"status":true,"message":"success","data":4}`)
	})
}
