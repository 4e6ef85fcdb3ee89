package rest

import (
	"encoding/json"
	"fmt"
	"strconv"

	"henanchain/gateway/problem"
	"henanchain/internal/operation"
)

// acknowledgement is the answer to a write that is committed and valid.
type acknowledgement struct {
	operation.Result
	Receipt *operation.Receipt `json:"receipt,omitempty"`
}

// outcome is the answer to one request of a batch: what the request would have
// been answered alone.
type outcome struct {
	Status  int               `json:"status"`
	Result  *acknowledgement  `json:"result,omitempty"`
	Problem *problem.Document `json:"problem,omitempty"`
}

type outcomes struct {
	Succeeded int       `json:"succeeded"`
	Refused   int       `json:"refused"`
	Results   []outcome `json:"results"`
}

// encode writes the answer to a batch: one object, or a line for each outcome.
func (a *outcomes) encode(media string) (out []byte, err error) {
	out = make([]byte, 0, 64+640*len(a.Results))
	lines := media == typeNDJSON
	if !lines {
		out = fmt.Appendf(out, `{"succeeded":%d,"refused":%d,"results":[`, a.Succeeded, a.Refused)
	}
	for i := range a.Results {
		if i > 0 && !lines {
			out = append(out, ',')
		}
		if out, err = a.Results[i].append(out); err != nil {
			return nil, fmt.Errorf("encode the answer to request %d: %w", i, err)
		}
		if lines {
			out = append(out, '\n')
		}
	}
	if !lines {
		out = append(out, "]}"...)
	}
	return out, nil
}

func (o *outcome) append(out []byte) (_ []byte, err error) {
	out = strconv.AppendInt(append(out, `{"status":`...), int64(o.Status), 10)
	if o.Result != nil {
		if out, err = o.Result.AppendAcknowledged(append(out, `,"result":`...), o.Result.Receipt); err != nil {
			return nil, err
		}
	}
	if o.Problem != nil {
		text, err := json.Marshal(o.Problem)
		if err != nil {
			return nil, err
		}
		out = append(append(out, `,"problem":`...), text...)
	}
	return append(out, '}'), nil
}
