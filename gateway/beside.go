package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"henanchain/gateway/config"
	"henanchain/gateway/directory"
	"henanchain/gateway/fabric"
	"henanchain/internal/connection"
)

// openNetwork connects to the network that the hand-over describes, and follows
// its changes as long as the directory is watched.
func openNetwork(c *config.Config, log *zap.Logger) (*directory.Directory, *fabric.Network, error) {
	dir, err := directory.Open(c.Connection)
	if err != nil {
		return nil, nil, err
	}
	network, err := fabric.New(dir.Connection(), fabric.Options{Log: log.Named("fabric")})
	if err != nil {
		return nil, nil, fmt.Errorf("connect to the network: %w", err)
	}
	dir.OnChange(func(conn *connection.Connection) {
		if err := network.Reload(conn); err != nil {
			log.Error("the network's new description cannot be used; the old one stays in force", zap.Error(err))
		}
	})
	return dir, network, nil
}

// beside is a program that runs beside a gateway, without a door.
type beside struct {
	dir     *directory.Directory
	log     *zap.Logger
	metrics *prometheus.Registry
	ready   func(context.Context) error // what it misses
}

// run does the program's work until ctx ends, watches the network's hand-over,
// and serves metrics and readiness where an address is given.
func (b *beside) run(ctx context.Context, address string, work func(context.Context)) error {
	if address != "" {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", address, err)
		}
		defer b.tell(l).Close() //nolint:errcheck // the process ends
	}
	ctx, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { b.dir.Watch(ctx, watchEvery, b.log) })
	work(ctx)
	stop()
	watching.Wait()
	return nil
}

// tell serves metrics and readiness.
func (b *beside) tell(l net.Listener) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(b.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := b.ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l) //nolint:errcheck // it ends when it is closed
	return server
}
