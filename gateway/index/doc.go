// Package index is the read model in SQL: every record, every version of it,
// transactions, blocks and events of the channels that the follower reads. It
// holds what stands in verified blocks and nothing else, so that it can be
// thrown away and made again from them.
//
// A block goes in whole, in one database transaction with the checkpoint that
// says so. Only the writes of valid transactions go in, those of every
// contract that a transaction wrote to; private data is not in a block and
// never comes here.
//
// What the catalogue declares as search fields is found through two tables:
// terms, for values and for the words of texts, as hashes; and ordered, for
// numbers and dates. Both only propose: every record that they name is looked
// at before it is answered, so that a collision of hashes answers nothing wrong.
package index
