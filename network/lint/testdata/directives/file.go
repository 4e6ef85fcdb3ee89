//lint:allow clock this whole file is about what a log shows

package directives

import "time"

func logged() time.Time { return time.Now() }
