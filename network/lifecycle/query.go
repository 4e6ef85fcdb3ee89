package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer/lifecycle"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// query evaluates a function at the first of an organisation's peers that
// answers, so that one peer that is down stops nothing.
func query(ctx context.Context, org Organisation, channel, function string, args, result proto.Message) error {
	err := fmt.Errorf("%s has no peer on %s", org.MSPID, channel)
	for _, at := range org.Peers {
		if err = ask(ctx, at, org.Signer, channel, function, args, result); status.Code(err) != codes.Unavailable {
			return err
		}
	}
	return err
}

// committed asks an organisation for what is committed; nil where the contract
// is not defined on the channel.
func committed(ctx context.Context, org Organisation, channel, name string) (*lifecycle.QueryChaincodeDefinitionResult, error) {
	result := &lifecycle.QueryChaincodeDefinitionResult{}
	err := query(ctx, org, channel, "QueryChaincodeDefinition", &lifecycle.QueryChaincodeDefinitionArgs{Name: name}, result)
	if notThere(err, "is not defined") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}

// approved asks an organisation's own peer for what the organisation has
// approved for a sequence; nil where it has approved nothing.
func approved(ctx context.Context, org Organisation, channel, name string, sequence int64) (*lifecycle.QueryApprovedChaincodeDefinitionResult, error) {
	result := &lifecycle.QueryApprovedChaincodeDefinitionResult{}
	args := &lifecycle.QueryApprovedChaincodeDefinitionArgs{Name: name, Sequence: sequence}
	err := query(ctx, org, channel, "QueryApprovedChaincodeDefinition", args, result)
	if notThere(err, "could not fetch approved chaincode definition") {
		return nil, nil
	}
	if isLost(err) {
		if a, other := fromHashes(ctx, org, channel, name, sequence); other == nil && a != nil {
			return a, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}

func notThere(err error, says string) bool {
	var no *refused
	return errors.As(err, &no) && strings.Contains(no.message, says)
}

// packageID is the package that an organisation runs for what it approved.
func packageID(a *lifecycle.QueryApprovedChaincodeDefinitionResult) string {
	return a.GetSource().GetLocalPackage().GetPackageId()
}
