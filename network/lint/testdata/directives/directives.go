package directives

import "time"

func sameLine() time.Time { return time.Now() } //lint:allow clock the answer is thrown away by the caller

func lineBefore() time.Time {
	//lint:allow clock the answer is thrown away by the caller
	return time.Now()
}

// wholeFunction does nothing.
//
//lint:allow clock only a log line shows it
func wholeFunction() (time.Time, time.Time) {
	a := time.Now()
	b := time.Now()
	return a, b
}

func oneLineOnly() (time.Time, time.Time) {
	a := time.Now() //lint:allow clock only a log line shows it
	b := time.Now() // want `time.Now is used`
	return a, b
}

//lint:allow // want `this lint:allow names no rule`

//lint:allow clocks there is no such rule // want `names "clocks", which is no rule: clock, randomness`

func noReason() time.Time {
	return time.Now() //lint:allow clock // want `time.Now is used` `this lint:allow gives no reason`
}

func nothing() int {
	return 1 //lint:allow clock nothing is here any more // want `this lint:allow allows nothing: there is no clock here any more`
}

func otherRule() time.Time {
	return time.Now() //lint:allow randomness of another rule // want `time.Now is used` `this lint:allow allows nothing: there is no randomness`
}
