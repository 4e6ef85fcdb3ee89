// Command probe is the smallest contract that shows which version of it
// answers: it serves one key, and says its own version.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type probe struct{ version string }

func (probe) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

func (p probe) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, args := stub.GetFunctionAndParameters()
	switch {
	case function == "version":
		return shim.Success([]byte(p.version))
	case function == "put" && len(args) == 2:
		if err := stub.PutState(args[0], []byte(args[1])); err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success([]byte(p.version))
	case function == "get" && len(args) == 1:
		value, err := stub.GetState(args[0])
		if err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(value)
	}
	return shim.Error("version, put KEY VALUE, or get KEY")
}

func main() {
	version := flag.String("version", "", "what it answers")
	id := flag.String("id", "", "package ID")
	address := flag.String("address", "", "host:port")
	cert := flag.String("tls-cert", "", "PEM file")
	key := flag.String("tls-key", "", "PEM file")
	flag.Parse()
	props := shim.TLSProperties{Disabled: *cert == ""}
	if !props.Disabled {
		var err error
		if props.Cert, err = os.ReadFile(*cert); err == nil {
			props.Key, err = os.ReadFile(*key)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	server := &shim.ChaincodeServer{CCID: *id, Address: *address, CC: probe{*version}, TLSProps: props}
	if err := server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
