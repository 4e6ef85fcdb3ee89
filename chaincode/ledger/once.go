package ledger

// Once computes a value once in a transaction, however many operations of a
// batch ask for it: what is costly to prepare and the same for all of them,
// such as the certificates of a trust anchor. The key must name everything that
// the value is computed from, a digest of it for instance: what an operation
// wrote that was refused then leaves nothing behind. An error is not kept.
func Once[T any](c *Call, key string, compute func() (T, error)) (T, error) {
	if v, ok := c.tx.once[key].(T); ok {
		return v, nil
	}
	v, err := compute()
	if err != nil {
		return v, err
	}
	if c.tx.once == nil {
		c.tx.once = map[string]any{}
	}
	c.tx.once[key] = v
	return v, nil
}
