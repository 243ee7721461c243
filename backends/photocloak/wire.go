package photocloak

import (
	"net/http"
	"time"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/serve"
)

// cloakJSON is the document's Cloak, its keys in the example's order.
type cloakJSON struct {
	CloakID            kit.Number  `json:"CloakId"`
	MemberID           kit.Number  `json:"MemberID"`
	Name               string      `json:"Name"`
	PrefixCode         string      `json:"PrefixCode"`
	PrefixName         string      `json:"PrefixName"`
	CloakNo            kit.Number  `json:"CloakNo"`
	Status             kit.Number  `json:"Status"`
	WorkSpaceNo        kit.Number  `json:"WorkSpaceNo"`
	ExpirationDatetime string      `json:"ExpirationDatetime"`
	ViewCount          kit.Number  `json:"ViewCount"`
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
	CloakID             kit.Number `json:"CloakID"`
	ScopeType           kit.Number `json:"ScopeType"`
	Description         string     `json:"Description"`
	CanDownload         kit.Number `json:"CanDownload"`
	CanUpload           kit.Number `json:"CanUpload"`
	IsAutoExtensionDate kit.Number `json:"IsAutoExtensionDate"`
}

// imageJSON is an element of the document's Images.
type imageJSON struct {
	CloakImageID       kit.Number  `json:"CloakImageID"`
	CloakID            kit.Number  `json:"CloakID"`
	CloakSetting       settingJSON `json:"CloakSetting"`
	MyPhotoImageID     kit.Number  `json:"MyPhotoImageID"`
	Status             kit.Number  `json:"Status"`
	ExpirationDatetime string      `json:"ExpirationDatetime"`
	MemberID           kit.Number  `json:"MemberID"`
	Comment            string      `json:"Comment"`
	ImageName          string      `json:"ImageName"`
	ViewCount          kit.Number  `json:"ViewCount"`
	Rotate             kit.Number  `json:"Rotate"`
}

// tagJSON is an element of the document's Tags.
type tagJSON struct {
	CloakID kit.Number `json:"CloakID"`
	Tag     string     `json:"Tag"`
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
		CloakID:             u.numbers.Of(a.ID),
		ScopeType:           u.numbers.Of(a.Scope),
		CanDownload:         u.numbers.Flag(a.CanDownload),
		CanUpload:           u.numbers.Flag(a.CanUpload),
		IsAutoExtensionDate: u.numbers.Flag(a.AutoExtend),
	}
	if open {
		setting.Description = a.Description
	}
	drawn := cloakJSON{
		CloakID:            u.numbers.Of(a.ID),
		MemberID:           u.numbers.Of(a.MemberID),
		Name:               a.Name,
		PrefixCode:         a.Prefix,
		PrefixName:         u.prefixName(a.Prefix),
		CloakNo:            u.numbers.Of(a.No),
		Status:             u.numbers.Of(a.Status),
		WorkSpaceNo:        u.numbers.Of(0),
		ExpirationDatetime: dateTime(a.EndsAt),
		ViewCount:          u.numbers.Of(a.views),
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
			CloakImageID:       u.numbers.Of(i.ID),
			CloakID:            u.numbers.Of(i.CloakID),
			CloakSetting:       setting,
			MyPhotoImageID:     u.numbers.Of(i.MyPhotoID),
			Status:             u.numbers.Of(1),
			ExpirationDatetime: dateTime(a.EndsAt),
			MemberID:           u.numbers.Of(i.MemberID),
			ImageName:          i.Name,
			ViewCount:          u.numbers.Of(i.views),
			Rotate:             u.numbers.Of(i.Rotate),
		})
	}
	for _, t := range a.tags {
		drawn.Tags = append(drawn.Tags, tagJSON{CloakID: u.numbers.Of(a.ID), Tag: t})
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
