package photocloak

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"sekisho/backends/photocloak/thumbnail"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
)

// uploadSeries tell what members send.
type uploadSeries struct {
	photos prometheus.Counter
	bytes  prometheus.Counter
}

func newUploadSeries(opened *stores.Stores, reg prometheus.Registerer) (u uploadSeries, err error) {
	var errs [2]error
	u.photos, errs[0] = stores.Series(opened, reg, "photocloak photos", func() prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sekisho_photocloak_photos_kept_total",
			Help: "Photos that were uploaded and kept.",
		})
	})
	u.bytes, errs[1] = stores.Series(opened, reg, "photocloak photo bytes", func() prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sekisho_photocloak_photo_bytes_kept_total",
			Help: "Bytes of the photos that were uploaded and kept, as they came.",
		})
	})
	return u, errors.Join(errs[:]...)
}

func (u uploadSeries) kept(photos []image) {
	for _, i := range photos {
		u.photos.Inc()
		u.bytes.Add(float64(i.Size))
	}
}

// photoLoad shows how much of what bounds the work on photos is in use.
type photoLoad struct {
	uploads chan struct{}
	budget  *thumbnail.Budget
}

var (
	uploadsRunning = prometheus.NewDesc("sekisho_photocloak_uploads_in_progress", "Uploads that are being received.", nil, nil)
	uploadsMax     = prometheus.NewDesc("sekisho_photocloak_uploads_max", "The most uploads that are received at once.", nil, nil)
	decodeMemory   = prometheus.NewDesc("sekisho_photocloak_decode_memory_bytes", "Memory that is given out for decoding photos.", nil, nil)
	decodeMax      = prometheus.NewDesc("sekisho_photocloak_decode_memory_max_bytes", "The most memory that is given out for decoding photos (decode_memory).", nil, nil)
)

// Describe implements [prometheus.Collector].
func (l photoLoad) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{uploadsRunning, uploadsMax, decodeMemory, decodeMax} {
		to <- desc
	}
}

// Collect implements [prometheus.Collector].
func (l photoLoad) Collect(to chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value int64) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value))
	}
	gauge(uploadsRunning, int64(len(l.uploads)))
	gauge(uploadsMax, int64(cap(l.uploads)))
	gauge(decodeMemory, l.budget.Used())
	gauge(decodeMax, l.budget.Bytes())
}

// show shows the load in reg. Where several sites have budgets of their own, the
// first is shown.
func (l photoLoad) show(reg prometheus.Registerer) error {
	err := observe.Register(reg, l)
	if there := (prometheus.AlreadyRegisteredError{}); errors.As(err, &there) {
		return nil
	}
	return err
}
