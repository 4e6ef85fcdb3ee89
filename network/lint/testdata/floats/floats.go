package floats

import (
	"math"
	"strconv"
	"time"
)

type price struct {
	Amount float64 // want `the type float64 is used: count in whole units`
	Fen    int64
}

func rate(x int) int {
	r := float64(x) * 0.5 // want `a value of type float64 is used`
	return int(r)         // want `a value of type float64 is used`
}

func parse(s string) {
	v, _ := strconv.ParseFloat(s, 64) // want `strconv.ParseFloat is used`
	_ = math.Sqrt(v)                  // want `a value of type float64`
	_ = time.Second.Seconds()         // want `a value of type float64`
	_ = complex(1, 2)                 // want `complex128`
}

func fromJSON(v any) int64 {
	if f, ok := v.(float64); ok { // want `float64 is used`
		return int64(f) // want `a value of type float64`
	}
	return 0
}

func foreign(p price) bool { return p.Amount > 0 } // want `a value of type float64`

const million = 1e6

func fine(x int64) int64 { return x*million/3 + math.MaxInt32 + int64(2.0) }
