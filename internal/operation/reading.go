package operation

import (
	"encoding/json"
	"fmt"

	"henanchain/internal/strictjson"
)

// MaxQuestions is the largest number of questions that Read takes.
const MaxQuestions = 1000

// Question is one of those that Read answers: Get or Verify, with their arguments.
type Question struct {
	Function string   `json:"function"`
	Args     []string `json:"args"`
}

// Reading answers one Question: with what its function alone would have answered,
// or its refusal.
type Reading struct {
	Answer  json.RawMessage `json:"answer,omitempty"`
	Refusal *Refusal        `json:"refusal,omitempty"`
}

// DecodeQuestions reads the argument of Read.
func DecodeQuestions(text []byte) ([]Question, error) {
	elements, err := strictjson.Elements(text)
	if err != nil {
		return nil, err
	}
	all := make([]Question, len(elements))
	for i, e := range elements {
		members, err := strictjson.Members(e)
		if err != nil {
			return nil, fmt.Errorf("question %d: %w", i, err)
		}
		for _, m := range members {
			switch m.Name {
			case "function":
				err = json.Unmarshal(m.Value, &all[i].Function)
			case "args":
				err = json.Unmarshal(m.Value, &all[i].Args)
			default:
				err = fmt.Errorf("the member %.64q is unknown", m.Name)
			}
			if err != nil {
				return nil, fmt.Errorf("question %d: %w", i, err)
			}
		}
	}
	return all, nil
}

// EncodeReadings writes the answer of Read. Answers are JSON already and taken as
// they are.
func EncodeReadings(all []Reading) ([]byte, error) {
	size := 2
	for i := range all {
		size += len(all[i].Answer) + len(`{"answer":},`)
	}
	out := append(make([]byte, 0, size), '[')
	for i, r := range all {
		if i > 0 {
			out = append(out, ',')
		}
		if r.Refusal == nil {
			out = append(append(append(out, `{"answer":`...), r.Answer...), '}')
			continue
		}
		refused, err := json.Marshal(Reading{Refusal: r.Refusal})
		if err != nil {
			return nil, fmt.Errorf("encode the refusal of question %d: %w", i, err)
		}
		out = append(out, refused...)
	}
	return append(out, ']'), nil
}

// DecodeReadings reads what EncodeReadings wrote; the answers are parts of text.
func DecodeReadings(text []byte) ([]Reading, error) {
	elements, err := strictjson.Elements(text)
	if err != nil {
		return nil, err
	}
	all := make([]Reading, len(elements))
	for i, e := range elements {
		members, err := strictjson.Members(e)
		if err != nil {
			return nil, fmt.Errorf("reading %d: %w", i, err)
		}
		for _, m := range members {
			switch m.Name {
			case "answer":
				all[i].Answer = m.Value
			case "refusal":
				if err := json.Unmarshal(m.Value, &all[i].Refusal); err != nil {
					return nil, fmt.Errorf("reading %d: %w", i, err)
				}
			}
		}
		if (all[i].Answer == nil) == (all[i].Refusal == nil) {
			return nil, fmt.Errorf("reading %d has not either an answer or a refusal", i)
		}
	}
	return all, nil
}
