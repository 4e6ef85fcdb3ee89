package channelconfig

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"google.golang.org/protobuf/proto"

	"henanchain/network/failure"
	"henanchain/network/topology"
)

// Batch says when orderers cut a block.
type Batch struct {
	Timeout           string `json:"timeout"` // Go duration
	MaxMessages       uint32 `json:"maxMessages"`
	PreferredMaxBytes uint32 `json:"preferredMaxBytes"`
	AbsoluteMaxBytes  uint32 `json:"absoluteMaxBytes"`
}

// BatchOf reads the batch settings of a configuration.
func BatchOf(config *common.Config) (Batch, error) {
	var size orderer.BatchSize
	var timeout orderer.BatchTimeout
	if err := value(ordererGroup(config), "BatchSize", &size); err != nil {
		return Batch{}, err
	}
	if err := value(ordererGroup(config), "BatchTimeout", &timeout); err != nil {
		return Batch{}, err
	}
	return Batch{
		Timeout: timeout.GetTimeout(), MaxMessages: size.GetMaxMessageCount(),
		PreferredMaxBytes: size.GetPreferredMaxBytes(), AbsoluteMaxBytes: size.GetAbsoluteMaxBytes(),
	}, nil
}

// BatchFrom is what the topology asks for.
func BatchFrom(t topology.Batch) (Batch, error) {
	preferred, err := ParseBytes(t.PreferredMaxBytes)
	if err != nil {
		return Batch{}, err
	}
	absolute, err := ParseBytes(t.AbsoluteMaxBytes)
	return Batch{Timeout: t.Timeout, MaxMessages: uint32(t.MaxMessages), PreferredMaxBytes: preferred, AbsoluteMaxBytes: absolute}, err
}

// SetBatch changes the batch settings.
func SetBatch(b Batch) Edit {
	return func(tx *configtx.ConfigTx) error {
		timeout, err := time.ParseDuration(b.Timeout)
		switch {
		case err != nil || timeout < time.Millisecond || timeout > time.Minute:
			return failure.New(failure.Usage, "batch timeout %q: a duration between 1ms and 1m", b.Timeout)
		case b.MaxMessages < 1:
			return failure.New(failure.Usage, "a block holds at least 1 transaction")
		case b.PreferredMaxBytes < 1 || b.PreferredMaxBytes > b.AbsoluteMaxBytes:
			return failure.New(failure.Usage, "preferred size %d bytes: between 1 and the absolute size, %d", b.PreferredMaxBytes, b.AbsoluteMaxBytes)
		case b.AbsoluteMaxBytes > 99<<20:
			return failure.New(failure.Usage, "absolute size %d bytes: at most 99 MB, a message's own limit is 100", b.AbsoluteMaxBytes)
		}
		o := tx.Orderer()
		if was, err := BatchOf(tx.OriginalConfig()); err == nil && was.Timeout != b.Timeout {
			if err := o.SetBatchTimeout(timeout); err != nil {
				return err
			}
		}
		if err := o.BatchSize().SetMaxMessageCount(b.MaxMessages); err != nil {
			return err
		}
		if err := o.BatchSize().SetPreferredMaxBytes(b.PreferredMaxBytes); err != nil {
			return err
		}
		return o.BatchSize().SetAbsoluteMaxBytes(b.AbsoluteMaxBytes)
	}
}

// ParseBytes reads a size such as 2MB or 512KB.
func ParseBytes(text string) (uint32, error) {
	upper := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	factor := uint64(1)
	for suffix, f := range map[string]uint64{"KB": 1 << 10, "MB": 1 << 20} {
		if rest, ok := strings.CutSuffix(upper, suffix); ok {
			upper, factor = rest, f
		}
	}
	n, err := strconv.ParseUint(upper, 10, 32)
	if err != nil || n == 0 || n*factor > 1<<31 {
		return 0, failure.New(failure.Usage, "%q is not a size such as 512KB or 2MB", text)
	}
	return uint32(n * factor), nil
}

func ordererGroup(config *common.Config) *common.ConfigGroup {
	return config.GetChannelGroup().GetGroups()["Orderer"]
}

func applicationGroup(config *common.Config) *common.ConfigGroup {
	return config.GetChannelGroup().GetGroups()["Application"]
}

// value reads a value of a group; one that is not there reads as empty.
func value(group *common.ConfigGroup, name string, into proto.Message) error {
	if err := proto.Unmarshal(group.GetValues()[name].GetValue(), into); err != nil {
		return fmt.Errorf("read the setting %s: %w", name, err)
	}
	return nil
}

// setValue writes a value of a group, under the policy that it has.
func setValue(group *common.ConfigGroup, name string, v proto.Message) error {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the setting %s: %w", name, err)
	}
	policy := "Admins"
	if was := group.GetValues()[name]; was != nil {
		policy = was.GetModPolicy()
	}
	if group.Values == nil {
		group.Values = map[string]*common.ConfigValue{}
	}
	group.Values[name] = &common.ConfigValue{Version: group.Values[name].GetVersion(), ModPolicy: policy, Value: data}
	return nil
}
