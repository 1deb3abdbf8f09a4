// Two ends of a gRPC-Go stream over mutual TLS: a client that counts what a server streams, and a server that streams as many bytes without any
// work, to be compared with.
//
//	go-stream client ADDRESS CERTIFICATE KEY ROOTS METHOD REQUEST-FILE [BYTES-A-SECOND SECONDS]   (token in $BEARER)
//	go-stream query ADDRESS CERTIFICATE KEY ROOTS METHOD REQUEST-FILE CALLS     prints the median and the 99th percentile in milliseconds
//	go-stream hold ADDRESS CERTIFICATE KEY ROOTS METHOD REQUEST-FILE STREAMS SECONDS     prints how many messages came, and on how many streams
//	go-stream server PORT CERTIFICATE KEY ROOTS MESSAGES BYTES
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// raw passes messages as they are.
type raw struct{}

func (raw) Marshal(v interface{}) ([]byte, error)      { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v interface{}) error { *v.(*[]byte) = data; return nil }
func (raw) Name() string                               { return "proto" }
func (raw) String() string                             { return "proto" }

// slow reads a fixed number of bytes a second.
type slow struct {
	net.Conn
	perSecond int
	from      time.Time
}

func (s *slow) Read(b []byte) (int, error) {
	if time.Since(s.from) > time.Second && s.perSecond > 0 {
		time.Sleep(100 * time.Millisecond)
		if len(b) > s.perSecond/10 {
			b = b[:s.perSecond/10]
		}
	}
	return s.Conn.Read(b)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func security(certificate, key, roots string) *tls.Config {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	check(err)
	pem, err := os.ReadFile(roots)
	check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &tls.Config{
		Certificates: []tls.Certificate{pair}, RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true,
	}
}

// records counts the length-delimited fields with number 1 of a message.
func records(message []byte) (count int) {
	varint := func(at int) (value, next int) {
		for shift := 0; ; shift += 7 {
			value |= int(message[at]&127) << shift
			at++
			if message[at-1] < 128 {
				return value, at
			}
		}
	}
	for at := 0; at < len(message); {
		tag, next := varint(at)
		value, next := varint(next)
		if tag&7 == 2 {
			next += value
		}
		if tag == 10 {
			count++
		}
		at = next
	}
	return count
}

func client(address, certificate, key, roots, method, file string, perSecond, seconds int) {
	request, err := os.ReadFile(file)
	check(err)
	dial := func(_ context.Context, address string) (net.Conn, error) {
		connection, err := net.Dial("tcp", address)
		if err != nil || perSecond == 0 {
			return connection, err
		}
		return &slow{connection, perSecond, time.Now()}, nil
	}
	connection, err := grpc.Dial(address, grpc.WithTransportCredentials(credentials.NewTLS(security(certificate, key, roots))),
		grpc.WithContextDialer(dial), grpc.WithBlock(), grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(16<<20)))
	check(err)
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+os.Getenv("BEARER"))
	if seconds > 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
		defer cancel()
		ctx = limited
	}
	began := time.Now()
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	check(err)
	check(stream.SendMsg(&request))
	check(stream.CloseSend())
	var first time.Duration
	var messages, rows, bytes int
	for {
		var message []byte
		err := stream.RecvMsg(&message)
		if err == io.EOF {
			break
		}
		// A slow reader's time ends in the middle of a message; any other error is a fault.
		if status.Code(err) == codes.DeadlineExceeded && seconds > 0 {
			break
		}
		check(err)
		if messages == 0 {
			first = time.Since(began)
		}
		messages++
		rows += records(message)
		bytes += len(message)
	}
	fmt.Printf("%d %d %d %.1f %.3f\n", messages, rows, bytes, float64(first.Microseconds())/1000, time.Since(began).Seconds())
}

func dial(address, certificate, key, roots string) *grpc.ClientConn {
	connection, err := grpc.Dial(address, grpc.WithTransportCredentials(credentials.NewTLS(security(certificate, key, roots))),
		grpc.WithBlock(), grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(16<<20)))
	check(err)
	return connection
}

func authorized(ctx context.Context) context.Context {
	if bearer := os.Getenv("BEARER"); bearer != "" {
		return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+bearer)
	}
	return ctx
}

// query makes one call after another, each a millisecond after the one before.
func query(address, certificate, key, roots, method, file string, calls int) {
	request, err := os.ReadFile(file)
	check(err)
	connection := dial(address, certificate, key, roots)
	ctx := authorized(context.Background())
	times := make([]float64, 0, calls)
	for i := 0; i < calls; i++ {
		var answer []byte
		began := time.Now()
		check(connection.Invoke(ctx, method, &request, &answer))
		times = append(times, float64(time.Since(began).Microseconds())/1000)
		time.Sleep(time.Millisecond)
	}
	sort.Float64s(times)
	fmt.Printf("%.2f %.2f\n", times[calls/2], times[calls*99/100])
}

// hold opens streams on one connection and takes what comes; a stream that ends is opened again.
func hold(address, certificate, key, roots, method, file string, streams, seconds int) {
	request, err := os.ReadFile(file)
	check(err)
	connection := dial(address, certificate, key, roots)
	ctx, cancel := context.WithTimeout(authorized(context.Background()), time.Duration(seconds)*time.Second)
	defer cancel()
	var messages, seen int64
	var wait sync.WaitGroup
	for i := 0; i < streams; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			var once sync.Once
			for ctx.Err() == nil {
				stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
				if err != nil || stream.SendMsg(&request) != nil || stream.CloseSend() != nil {
					return
				}
				for {
					var message []byte
					if err := stream.RecvMsg(&message); err == io.EOF {
						break
					} else if err != nil {
						return
					}
					atomic.AddInt64(&messages, 1)
					once.Do(func() { atomic.AddInt64(&seen, 1) })
				}
			}
		}()
	}
	wait.Wait()
	fmt.Println(messages, seen)
}

func server(port, certificate, key, roots string, messages, bytes int) {
	// Field 2, whose length is written in five bytes.
	message := make([]byte, bytes)
	message[0] = 18
	for at, rest := 1, bytes-6; at < 6; at, rest = at+1, rest>>7 {
		message[at] = byte(rest & 127)
		if at < 5 {
			message[at] |= 128
		}
	}
	handler := func(_ interface{}, stream grpc.ServerStream) error {
		var request []byte
		if err := stream.RecvMsg(&request); err != nil {
			return err
		}
		for i := 0; i < messages; i++ {
			if err := stream.SendMsg(&message); err != nil {
				return err
			}
		}
		return nil
	}
	config := security(certificate, key, roots)
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)), grpc.CustomCodec(raw{}))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "echo.Echo", HandlerType: (*interface{})(nil),
		Streams: []grpc.StreamDesc{{StreamName: "Stream", Handler: handler, ServerStreams: true}},
	}, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	check(err)
	check(server.Serve(listener))
}

func main() {
	arguments := append(os.Args[2:], "0", "0")
	switch os.Args[1] {
	case "server":
		server(arguments[0], arguments[1], arguments[2], arguments[3], number(arguments[4]), number(arguments[5]))
		return
	case "query":
		query(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], number(arguments[6]))
		return
	case "hold":
		hold(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], number(arguments[6]), number(arguments[7]))
		return
	}
	client(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], number(arguments[6]), number(arguments[7]))
}
