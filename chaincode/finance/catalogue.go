package finance

import (
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
)

// CatalogueItem is one item of government data that can be asked about (数据目录
// 项). Its id is its code in the catalogue of government data resources.
type CatalogueItem struct {
	Name         string  `json:"name" is:"maxLen=64" zh:"目录名称"`
	Fields       []Field `json:"fields" zh:"数据项"`
	WithdrawnFor string  `json:"withdrawnFor,omitempty" is:"maxLen=256" zh:"下架原因"`
}

// Statuses of a catalogue item.
const (
	Published = "PUBLISHED"
	Withdrawn = "WITHDRAWN"
)

const itemType = "catalogue-item"

type publishItem struct {
	CatalogCode string  `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	Name        string  `json:"name" is:"maxLen=64" zh:"目录名称"`
	Fields      []Field `json:"fields" is:"minItems=1,maxItems=50" zh:"数据项"`
}

type withdrawItem struct {
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	Reason      string `json:"reason" is:"maxLen=256" zh:"下架原因"`
}

// publishItem makes an item public, or its next version.
func (b *book) publishItem(c *ledger.Call, in *publishItem) error {
	if err := predicate.CheckFields(in.Fields); err != nil {
		return err
	}
	_, err := b.items.Put(c, in.CatalogCode, Published, CatalogueItem{Name: in.Name, Fields: in.Fields})
	return err
}

func (b *book) withdrawItem(c *ledger.Call, in *withdrawItem) error {
	item, err := b.items.Open(c, in.CatalogCode)
	if err != nil {
		return err
	}
	item.Body.WithdrawnFor = in.Reason
	return item.Move(c, Withdrawn)
}
