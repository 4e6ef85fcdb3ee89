// Command start is a contract that calls shim.Start, as those do that a peer
// launches by itself.
package main

import (
	"log"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"example.org/tally"
)

func main() {
	if err := shim.Start(tally.Contract{}); err != nil {
		log.Fatal(err)
	}
}
