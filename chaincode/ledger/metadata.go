package ledger

import (
	"encoding/json"
	"fmt"

	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// transactionMetadata is one function in contract-api's metadata.
type transactionMetadata struct {
	Name       string              `json:"name"`
	Tag        []string            `json:"tag,omitempty"`
	Parameters []parameterMetadata `json:"parameters,omitempty"`
	Returns    *schema.Schema      `json:"returns,omitempty"`
}

type parameterMetadata struct {
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Schema      *schema.Schema `json:"schema"`
}

// completeMetadata adds the operations and queries to the functions of the
// contract in contract-api's metadata.
func (c *Contract) completeMetadata(raw []byte) ([]byte, error) {
	var whole map[string]json.RawMessage
	var contracts map[string]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		return nil, fmt.Errorf("read the metadata: %w", err)
	}
	if err := json.Unmarshal(whole["contracts"], &contracts); err != nil {
		return nil, fmt.Errorf("read the metadata's contracts: %w", err)
	}
	var functions []json.RawMessage
	if err := json.Unmarshal(contracts[c.Name()]["transactions"], &functions); err != nil {
		return nil, fmt.Errorf("read the metadata's functions: %w", err)
	}
	for _, f := range c.ownFunctions() {
		one, err := json.Marshal(f)
		if err != nil {
			return nil, fmt.Errorf("encode the metadata of %s: %w", f.Name, err)
		}
		functions = append(functions, one)
	}
	var err error
	if contracts[c.Name()]["transactions"], err = json.Marshal(functions); err != nil {
		return nil, fmt.Errorf("encode the metadata: %w", err)
	}
	if whole["contracts"], err = json.Marshal(contracts); err != nil {
		return nil, fmt.Errorf("encode the metadata: %w", err)
	}
	return json.Marshal(whole)
}

func (c *Contract) ownFunctions() []transactionMetadata {
	result := schema.For[operation.Result]()
	var all []transactionMetadata
	for _, o := range c.info.Operations {
		all = append(all, transactionMetadata{
			Name: o.Name, Tag: []string{"submit", "SUBMIT"}, Returns: result,
			Parameters: []parameterMetadata{{Name: "input", Description: o.Title + " " + o.TitleZh, Schema: o.Input}},
		})
	}
	for _, q := range c.info.Queries {
		all = append(all, transactionMetadata{
			Name: q.Name, Tag: []string{"evaluate", "EVALUATE"}, Returns: q.Output,
			Parameters: []parameterMetadata{{Name: "input", Description: q.Title + " " + q.TitleZh, Schema: q.Input}},
		})
	}
	return all
}
