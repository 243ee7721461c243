package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// bareCustomer is a row of dtb_customer as detail answers it. What Sekisho keeps
// sealed goes out as it lies in the database.
type bareCustomer struct {
	CustomerID string `json:"customer_id"`
	Name01     string `json:"name01"`
	Name02     string `json:"name02"`
	Kana01     string `json:"kana01"`
	Kana02     string `json:"kana02"`
	Zip01      string `json:"zip01"`
	Zip02      string `json:"zip02"`
	Pref       string `json:"pref"`
	Addr01     string `json:"addr01"`
	Addr02     string `json:"addr02"`
	Email      string `json:"email"`
	EmailMob   string `json:"email_mobile"`
	Tel01      string `json:"tel01"`
	Tel02      string `json:"tel02"`
	Tel03      string `json:"tel03"`
	Fax01      string `json:"fax01"`
	Fax02      string `json:"fax02"`
	Fax03      string `json:"fax03"`
	Sex        string `json:"sex"`
	Job        string `json:"job"`
	Birth      string `json:"birth"`
	Password   []byte `json:"password"`
	Reminder   string `json:"reminder"`
	Answer     []byte `json:"reminder_answer"`
	SecretKey  string `json:"secret_key"`
	FirstBuy   string `json:"first_buy_date"`
	LastBuy    string `json:"last_buy_date"`
	BuyTimes   string `json:"buy_times"`
	BuyTotal   string `json:"buy_total"`
	Point      string `json:"point"`
	Note       string `json:"note"`
	Status     string `json:"status"`
	CreateDate string `json:"create_date"`
	UpdateDate string `json:"update_date"`
	Cel01      string `json:"cel01"`
	Cel02      string `json:"cel02"`
	Cel03      string `json:"cel03"`
	DelFlg     string `json:"del_flg"`
	Mailmaga   string `json:"mailmaga_flg"`
	URL        string `json:"url"`
}

// pgxDetail answers with one customer, by pgx's own pool, which prepares each
// statement once on each connection.
func pgxDetail(args []string) (http.Handler, error) {
	pool, err := pgxpool.New(context.Background(), args[0])
	if err != nil {
		return nil, err
	}
	query := "SELECT " + strings.Join(customerColumns, ", ") + " FROM dtb_customer WHERE customer_id = $1 AND del_flg <> '1'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.URL.Query().Get("id"), 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var c bareCustomer
		var number int64
		err = pool.QueryRow(r.Context(), query, id).Scan(
			&number, &c.Name01, &c.Name02, &c.Kana01, &c.Kana02, &c.Zip01, &c.Zip02, &c.Pref, &c.Addr01, &c.Addr02,
			&c.Email, &c.EmailMob, &c.Tel01, &c.Tel02, &c.Tel03, &c.Fax01, &c.Fax02, &c.Fax03, &c.Sex, &c.Job, &c.Birth,
			&c.Password, &c.Reminder, &c.Answer, &c.SecretKey, &c.FirstBuy, &c.LastBuy, &c.BuyTimes,
			&c.BuyTotal, &c.Point, &c.Note, &c.Status, &c.CreateDate, &c.UpdateDate, &c.Cel01, &c.Cel02, &c.Cel03, &c.DelFlg,
			&c.Mailmaga, &c.URL)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		c.CustomerID = strconv.FormatInt(number, 10)
		writeJSON(w, struct {
			Status  bool           `json:"status"`
			Message string         `json:"message"`
			Data    []bareCustomer `json:"data"`
		}{true, "success", []bareCustomer{c}})
	}), nil
}

func writeJSON(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, body)
}

// The document's Cloak.
type (
	bareAnswer struct {
		Cloak bareCloak
	}
	bareCloak struct {
		CloakID            int64 `json:"CloakId,string"`
		MemberID           int64 `json:",string"`
		Name               string
		PrefixCode         string
		PrefixName         string
		CloakNo            int64 `json:",string"`
		Status             int64 `json:",string"`
		WorkSpaceNo        int64 `json:",string"`
		ExpirationDatetime string
		ViewCount          int64  `json:",string"`
		NoImageURL         string `json:"NoImageUrl"`
		LockImageURL       string `json:"LockImageUrl"`
		CreateDatetime     string
		UpdateDatetime     string
		CloakSetting       bareSetting
		Images             []bareImage
		Tags               []bareTag
	}
	bareSetting struct {
		CloakID             int64 `json:",string"`
		ScopeType           int64 `json:",string"`
		Description         string
		CanDownload         int64 `json:",string"`
		CanUpload           int64 `json:",string"`
		IsAutoExtensionDate int64 `json:",string"`
	}
	bareImage struct {
		CloakImageID       int64 `json:",string"`
		CloakID            int64 `json:",string"`
		CloakSetting       bareSetting
		MyPhotoImageID     int64 `json:",string"`
		Status             int64 `json:",string"`
		ExpirationDatetime string
		MemberID           int64 `json:",string"`
		Comment            string
		ImageName          string
		ViewCount          int64 `json:",string"`
		Rotate             int64 `json:",string"`
	}
	bareTag struct {
		CloakID int64 `json:",string"`
		Tag     string
	}
)

// pgxCloak answers with one cloak, of 4 prepared queries in turn.
func pgxCloak(args []string) (http.Handler, error) {
	pool, err := pgxpool.New(context.Background(), args[0])
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.URL.Query().Get("ci"), 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c, err := readCloak(r.Context(), pool, r.Host, id)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeJSON(w, bareAnswer{c})
	}), nil
}

func readCloak(ctx context.Context, pool *pgxpool.Pool, host string, id int64) (c bareCloak, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return c, err
	}
	defer conn.Release()

	var created, updated, ends int64
	var download, upload, extend bool
	set := &c.CloakSetting
	err = conn.QueryRow(ctx, `SELECT id, member_id, name, description, prefix, no, status, scope, can_download, can_upload,
		auto_extend, created_at, updated_at, ends_at FROM photocloak_cloaks WHERE id = $1`, id).Scan(
		&c.CloakID, &c.MemberID, &c.Name, &set.Description, &c.PrefixCode, &c.CloakNo, &c.Status, &set.ScopeType, &download, &upload,
		&extend, &created, &updated, &ends)
	if err != nil {
		return c, err
	}
	set.CloakID, set.CanDownload, set.CanUpload, set.IsAutoExtensionDate = c.CloakID, oneOrZero(download), oneOrZero(upload), oneOrZero(extend)
	c.PrefixName = "萩"
	c.ExpirationDatetime, c.CreateDatetime, c.UpdateDatetime = inJapan(ends), inJapan(created), inJapan(updated)
	c.NoImageURL, c.LockImageURL = "http://"+host+"/api/v2/pictures/noimage.jpg", "http://"+host+"/api/v2/pictures/locked.jpg"

	if err = conn.QueryRow(ctx, "SELECT views FROM photocloak_cloak_views WHERE cloak_id = $1", id).Scan(&c.ViewCount); err != nil {
		return c, err
	}

	rows, err := conn.Query(ctx, `SELECT i.id, i.cloak_id, i.member_id, i.my_photo_id, i.name, i.rotate, COALESCE(v.views, 0)
		FROM photocloak_images AS i LEFT JOIN photocloak_image_views AS v ON v.image_id = i.id WHERE i.cloak_id = $1 ORDER BY i.id`, id)
	if err != nil {
		return c, err
	}
	image := bareImage{CloakSetting: *set, Status: 1, ExpirationDatetime: c.ExpirationDatetime}
	_, err = pgx.ForEachRow(rows, []any{
		&image.CloakImageID, &image.CloakID, &image.MemberID, &image.MyPhotoImageID, &image.ImageName, &image.Rotate, &image.ViewCount,
	}, func() error {
		c.Images = append(c.Images, image)
		return nil
	})
	if err != nil {
		return c, err
	}

	rows, err = conn.Query(ctx, "SELECT tag FROM photocloak_tags WHERE cloak_id = $1 ORDER BY position", id)
	if err != nil {
		return c, err
	}
	tag := bareTag{CloakID: id}
	_, err = pgx.ForEachRow(rows, []any{&tag.Tag}, func() error {
		c.Tags = append(c.Tags, tag)
		return nil
	})
	return c, err
}

func oneOrZero(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

var japan = time.FixedZone("Asia/Tokyo", 9*60*60)

func inJapan(milliseconds int64) string {
	return time.UnixMilli(milliseconds).In(japan).Format(time.RFC3339)
}
