// Package telemetry counts what the service does, for the operator's monitoring. Nothing in it is labelled with what a
// client can make up: routes are templates, methods are those that HTTP has.
package telemetry

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the metrics of one service. They are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec

	mu    sync.Mutex
	known atomic.Pointer[map[series]prometheus.Observer] // replaced, never changed: looking one up takes no lock
}

// series is what requests are told apart by.
type series struct {
	route, method string
	status        int
}

// buckets are the bounds of durations in seconds: from what is kept, over what is read, to what takes too long.
var buckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// New makes metrics that count nothing yet.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "wtapi_http_request_duration_seconds", Buckets: buckets,
		Help: "How long requests took, by route, method and status.",
	}, []string{"route", "method", "status"})}
	m.known.Store(&map[series]prometheus.Observer{})
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics in Prometheus' format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Request counts a request. The route is the template of its path, empty where it has none.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	s := series{route, method, status}
	observer, ok := (*m.known.Load())[s]
	if !ok {
		observer = m.add(s)
	}
	observer.Observe(took.Seconds())
}

// methods are those that have series of their own.
var methods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true}

// add makes the series known that a request belongs to.
func (m *Metrics) add(s series) prometheus.Observer {
	method := s.method
	if !methods[method] {
		method = "other"
	}
	observer := m.requests.WithLabelValues(s.route, method, strconv.Itoa(s.status))
	if method == s.method {
		m.mu.Lock()
		defer m.mu.Unlock()
		more := maps.Clone(*m.known.Load())
		more[s] = observer
		m.known.Store(&more)
	}
	return observer
}

// Counts are numbers that a part of the service knows itself.
type Counts struct {
	Name, Help string
	Value      func() float64
	Counter    bool // it only grows
}

// Add shows numbers of a part of the service.
func (m *Metrics) Add(counts ...Counts) {
	for _, c := range counts {
		if c.Counter {
			m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: c.Name, Help: c.Help}, c.Value))
		} else {
			m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: c.Name, Help: c.Help}, c.Value))
		}
	}
}
