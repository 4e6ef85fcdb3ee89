package contract

import (
	"io"

	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// ownProgram is the program that serves any of the contracts written here.
const ownProgram = "chaincode"

// Operator deploys contracts on the network of one state folder. Its callers
// hold the folder's lock.
type Operator struct {
	Root  string // the repository; empty where the program runs without one
	Built string // the program that serves the contracts written here, as it was built last
	State state.Folder
	Net   *topology.Network
	Out   io.Writer // where people look

	client supervise.Runner
}

// New makes an operator.
func New(root string, st state.Folder, n *topology.Network, out io.Writer) *Operator {
	return &Operator{Root: root, State: st, Net: n, Out: out, client: supervise.For(st.Root, n.Containers)}
}

func (o *Operator) store() store { return store{o.State} }
