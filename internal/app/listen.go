package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	headerTimeout = 10 * time.Second // to read the header of a request
	readTimeout   = 30 * time.Second // to read all of it
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second // for requests in flight when the server stops
)

// Listeners are the addresses to serve; an empty one is not served. HTTPS
// needs a certificate.
type Listeners struct {
	HTTP, HTTPS string
	Certificate tls.Certificate
}

// Addresses are the URLs that are served, "" for those that are not.
type Addresses struct {
	HTTP, HTTPS string
}

// serve answers requests with handler and runs background beside it until
// the context ends, then stops both in order: no new requests, those in
// flight finish, and only then the background work ends.
func (l Listeners) serve(ctx context.Context, handler http.Handler, background func(context.Context), log *slog.Logger, ready func(Addresses)) error {
	var servers []*http.Server
	var at Addresses
	failed := make(chan error, 2)
	listen := func(address, scheme string) (string, error) {
		if address == "" {
			return "", nil
		}
		ln, err := net.Listen("tcp", address)
		if err != nil {
			return "", err
		}
		url := scheme + "://" + ln.Addr().String()
		srv := &http.Server{
			Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		}
		serve := func() error { return srv.Serve(ln) }
		if scheme == "https" {
			srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{l.Certificate}, MinVersion: tls.VersionTLS12}
			serve = func() error { return srv.ServeTLS(ln, "", "") }
		}
		servers = append(servers, srv)
		go func() { failed <- serve() }() // ends with Shutdown below
		return url, nil
	}
	var err error
	if at.HTTP, err = listen(l.HTTP, "http"); err == nil {
		at.HTTPS, err = listen(l.HTTPS, "https")
	}
	if err != nil {
		return errors.Join(err, shutdown(servers))
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { background(working) })
	if ready != nil {
		ready(at)
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	err = errors.Join(err, shutdown(servers))
	stopWork()
	wg.Wait()
	return err
}

// shutdown ends servers, letting what they are answering finish for a while.
func shutdown(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var all error
	for _, srv := range servers {
		if err := srv.Shutdown(ctx); err != nil {
			all = errors.Join(all, err, srv.Close())
		}
	}
	return all
}

// closeAfter closes what was opened and joins the errors.
func closeAfter(err error, c io.Closer) error { return errors.Join(err, c.Close()) }
