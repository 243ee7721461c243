package avatarplay

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/stores"
)

// drawings tell what the gallery draws.
type drawings struct {
	total *prometheus.CounterVec
	took  *prometheus.HistogramVec
}

func newDrawings() drawings {
	return drawings{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_avatarplay_pictures_drawn_total",
			Help: "Pictures drawn, by kind (moving, still, face, thumbnail).",
		}, []string{"kind"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "sekisho_avatarplay_drawing_duration_seconds",
			Help:    "How long it took to compose and encode a picture, by kind.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1},
		}, []string{"kind"}),
	}
}

// shownDrawings gives the drawings of a gateway, shown in reg.
func shownDrawings(opened *stores.Stores, reg prometheus.Registerer) (drawings, error) {
	made := newDrawings()
	var err1, err2 error
	made.total, err1 = stores.Series(opened, reg, "avatarplay drawings", func() *prometheus.CounterVec { return made.total })
	made.took, err2 = stores.Series(opened, reg, "avatarplay drawing durations", func() *prometheus.HistogramVec { return made.took })
	return made, errors.Join(err1, err2)
}

func (d drawings) count(kind string, took time.Duration) {
	d.total.WithLabelValues(kind).Inc()
	d.took.WithLabelValues(kind).Observe(took.Seconds())
}
