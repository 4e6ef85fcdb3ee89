// Command plain is the least that a contract can be: it keeps a value under a
// key. It is what the gateway is measured against.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type plain struct{}

func (plain) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

func (plain) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, args := stub.GetFunctionAndParameters()
	switch {
	case function == "put" && len(args) == 2:
		if err := stub.PutState(args[0], []byte(args[1])); err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(nil)
	case function == "putall":
		return putAll(stub, args)
	case function == "get" && len(args) == 1:
		value, err := stub.GetState(args[0])
		if err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(value)
	}
	return shim.Error("put KEY VALUE, putall KEY VALUE …, or get KEY")
}

// putAll keeps many values under keys that must be free: what Fabric itself
// costs where a contract does nothing but look and write.
func putAll(stub shim.ChaincodeStubInterface, args []string) *peer.Response {
	var keys []string
	for i := 0; i+1 < len(args); i += 2 {
		keys = append(keys, args[i])
	}
	there, err := stub.GetMultipleStates(keys...)
	if err != nil {
		return shim.Error(err.Error())
	}
	stub.StartWriteBatch()
	for i, key := range keys {
		if there[i] != nil {
			return shim.Error(key + " is taken")
		}
		if err := stub.PutState(key, []byte(args[2*i+1])); err != nil {
			return shim.Error(err.Error())
		}
	}
	if err := stub.FinishWriteBatch(); err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(nil)
}

func main() {
	id := flag.String("id", "", "package ID")
	address := flag.String("address", "", "host:port")
	cert := flag.String("tls-cert", "", "PEM file")
	key := flag.String("tls-key", "", "PEM file")
	ca := flag.String("tls-ca", "", "PEM file of the peers' roots")
	flag.Parse()
	props := shim.TLSProperties{}
	for path, into := range map[string]*[]byte{*cert: &props.Cert, *key: &props.Key, *ca: &props.ClientCACerts} {
		data, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, "plain:", err)
			os.Exit(1)
		}
		*into = data
	}
	server := &shim.ChaincodeServer{CCID: *id, Address: *address, CC: plain{}, TLSProps: props}
	if err := server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1)
	}
}
