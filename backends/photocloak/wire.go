package photocloak

import (
	"net/http"
	"strconv"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/serve"
)

// number is a number as it is sent: in quotes as the document's examples have
// it, or bare where the operator chose so.
type number string

// MarshalJSON gives the number as it is sent.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func (u rules) number(n int64) number {
	if u.bare {
		return number(strconv.FormatInt(n, 10))
	}
	return number(strconv.Quote(strconv.FormatInt(n, 10)))
}

func (u rules) flag(on bool) number {
	if on {
		return u.number(1)
	}
	return u.number(0)
}

// cloakJSON is the document's Cloak, its keys in the example's order.
type cloakJSON struct {
	CloakID            number      `json:"CloakId"`
	MemberID           number      `json:"MemberID"`
	Name               string      `json:"Name"`
	PrefixCode         string      `json:"PrefixCode"`
	PrefixName         string      `json:"PrefixName"`
	CloakNo            number      `json:"CloakNo"`
	Status             number      `json:"Status"`
	WorkSpaceNo        number      `json:"WorkSpaceNo"`
	ExpirationDatetime string      `json:"ExpirationDatetime"`
	ViewCount          number      `json:"ViewCount"`
	NoImageURL         string      `json:"NoImageUrl"`
	LockImageURL       string      `json:"LockImageUrl"`
	CreateDatetime     string      `json:"CreateDatetime"`
	UpdateDatetime     string      `json:"UpdateDatetime"`
	CloakSetting       settingJSON `json:"CloakSetting"`
	Images             []imageJSON `json:"Images"`
	Tags               []tagJSON   `json:"Tags"`
}

// settingJSON is the document's CloakSetting.
type settingJSON struct {
	CloakID             number `json:"CloakID"`
	ScopeType           number `json:"ScopeType"`
	Description         string `json:"Description"`
	CanDownload         number `json:"CanDownload"`
	CanUpload           number `json:"CanUpload"`
	IsAutoExtensionDate number `json:"IsAutoExtensionDate"`
}

// imageJSON is an element of the document's Images.
type imageJSON struct {
	CloakImageID       number      `json:"CloakImageID"`
	CloakID            number      `json:"CloakID"`
	CloakSetting       settingJSON `json:"CloakSetting"`
	MyPhotoImageID     number      `json:"MyPhotoImageID"`
	Status             number      `json:"Status"`
	ExpirationDatetime string      `json:"ExpirationDatetime"`
	MemberID           number      `json:"MemberID"`
	Comment            string      `json:"Comment"`
	ImageName          string      `json:"ImageName"`
	ViewCount          number      `json:"ViewCount"`
	Rotate             number      `json:"Rotate"`
}

// tagJSON is an element of the document's Tags.
type tagJSON struct {
	CloakID number `json:"CloakID"`
	Tag     string `json:"Tag"`
}

// album is a cloak with all that is in it.
type album struct {
	cloak
	views  int64
	images []countedImage // by id
	tags   []string       // as given
}

// countedImage is an image with its view count.
type countedImage struct {
	image
	views int64
}

// drawAlbum draws a cloak for somebody who may look into it (open), or may not:
// then it shows no images, no tags and no description.
func (u rules) drawAlbum(r *http.Request, a album, open bool) cloakJSON {
	setting := settingJSON{
		CloakID:             u.number(a.ID),
		ScopeType:           u.number(a.Scope),
		CanDownload:         u.flag(a.CanDownload),
		CanUpload:           u.flag(a.CanUpload),
		IsAutoExtensionDate: u.flag(a.AutoExtend),
	}
	if open {
		setting.Description = a.Description
	}
	drawn := cloakJSON{
		CloakID:            u.number(a.ID),
		MemberID:           u.number(a.MemberID),
		Name:               a.Name,
		PrefixCode:         a.Prefix,
		PrefixName:         u.prefixName(a.Prefix),
		CloakNo:            u.number(a.No),
		Status:             u.number(a.Status),
		WorkSpaceNo:        u.number(0),
		ExpirationDatetime: dateTime(a.EndsAt),
		ViewCount:          u.number(a.views),
		NoImageURL:         absolute(r, pathNoImage),
		LockImageURL:       absolute(r, pathLocked),
		CreateDatetime:     dateTime(a.CreatedAt),
		UpdateDatetime:     dateTime(a.UpdatedAt),
		CloakSetting:       setting,
		Images:             []imageJSON{}, // an empty list, never null
		Tags:               []tagJSON{},
	}
	if !open {
		return drawn
	}
	for _, i := range a.images {
		drawn.Images = append(drawn.Images, imageJSON{
			CloakImageID:       u.number(i.ID),
			CloakID:            u.number(i.CloakID),
			CloakSetting:       setting,
			MyPhotoImageID:     u.number(i.MyPhotoID),
			Status:             u.number(1),
			ExpirationDatetime: dateTime(a.EndsAt),
			MemberID:           u.number(i.MemberID),
			ImageName:          i.Name,
			ViewCount:          u.number(i.views),
			Rotate:             u.number(i.Rotate),
		})
	}
	for _, t := range a.tags {
		drawn.Tags = append(drawn.Tags, tagJSON{CloakID: u.number(a.ID), Tag: t})
	}
	return drawn
}

// prefixName gives the character of a prefix code. A code that the operator
// took out of the options since stands for itself.
func (u rules) prefixName(code string) string {
	for _, p := range u.prefixes {
		if p.Code == code {
			return p.Name
		}
	}
	return code
}

// dateTime draws Unix milliseconds in Japan time: 2018-03-27T12:34:56+09:00.
func dateTime(milliseconds int64) string {
	return time.UnixMilli(milliseconds).In(clock.Japan).Format("2006-01-02T15:04:05-07:00")
}

// absolute gives the address of a path on the host that the client called.
func absolute(r *http.Request, path string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + path
}

// write sends an answer of 200 with a body.
func write(w http.ResponseWriter, body any) error {
	encoded, err := serve.Encode(body)
	if err != nil {
		return err
	}
	return serve.Write(w, http.StatusOK, contentType, encoded)
}

// writeEmpty sends an answer of 200 without a body.
func writeEmpty(w http.ResponseWriter) error {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}
