// A gRPC-Go server that answers /echo.Echo/Unary with 300 bytes, or as many as a fifth argument says, over mutual TLS: what we compare
// ourselves with.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"

	"github.com/golang/protobuf/ptypes/wrappers"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

func main() {
	port, certificate, key, roots := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		panic(err)
	}
	pem, err := os.ReadFile(roots)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	security := credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true,
	})
	size := 300
	if len(os.Args) > 5 {
		if size, err = strconv.Atoi(os.Args[5]); err != nil {
			panic(err)
		}
	}
	// The field's tag and length are three bytes.
	answer := &wrappers.BytesValue{Value: make([]byte, size-3)}
	unary := func(_ interface{}, ctx context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
		request := new(wrappers.BytesValue)
		if err := decode(request); err != nil {
			return nil, err
		}
		return answer, nil
	}
	server := grpc.NewServer(grpc.Creds(security))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "echo.Echo", HandlerType: (*interface{})(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Unary", Handler: unary}},
	}, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	fmt.Println("gRPC-Go", grpc.Version, runtime.Version())
	panic(server.Serve(listener))
}
