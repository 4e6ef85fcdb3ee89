package ledger

import "slices"

// Keys are the state keys of records of a type.
func Keys(recordType string, ids []string) []string {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = Key(recordType, id)
	}
	return keys
}

// LoadAll loads records that must all exist, in the order of the ids, with one
// exchange with the peer.
func (r *Records[B]) LoadAll(c *Call, ids []string) ([]*Entity[B], error) {
	if err := c.Prefetch(Keys(r.info.Type, ids)...); err != nil {
		return nil, err
	}
	all := make([]*Entity[B], len(ids))
	for i, id := range ids {
		var err error
		if all[i], err = r.Load(c, id); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// LoadAllPrivate is LoadAll for records whose private halves are read next.
func (r *Records[B]) LoadAllPrivate(c *Call, ids []string) ([]*Entity[B], error) {
	all, err := r.LoadAll(c, ids)
	if err != nil {
		return nil, err
	}
	return all, PrefetchPrivate(c, all)
}

// TooMany refuses an entry beyond what a list takes. A contract with such lists
// declares it.
const TooMany = "TOO_MANY"

// Enter adds an id to one of a record's lists, which has so many at most:
// whatever must read all of them reads few. kind says what they are of.
func Enter(list *[]string, most int, kind, id string) error {
	if len(*list) >= most {
		return Refuse(TooMany, "there are %d entries of the kind %s already, which is the most", most, kind)
	}
	*list = append(*list, id)
	return nil
}

// Strike takes an id off a list.
func Strike(list *[]string, id string) {
	*list = slices.DeleteFunc(*list, func(e string) bool { return e == id })
}
