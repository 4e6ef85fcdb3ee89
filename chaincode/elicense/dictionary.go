package elicense

// The dictionaries of this ledger. Codes of statuses are those
// of the national e-licence platforms (住房和城乡建设部电子证照业务规程); grounds
// are those of 行政许可法 articles 69 and 70. Who reads the rules otherwise changes
// these tables, not the state machine.

// StatusCode is a status's code in the exchange with national platforms.
func StatusCode(status string) string {
	return map[string]string{
		Valid: "01", Suspended: "02", Revoked: "03", Cancelled: "04", Expired: "05", Superseded: "05",
		TransferredOut: "06", Withdrawn: "07", Other: "99",
	}[status]
}

// Modes of use (用证方式).
const (
	ByHolder   = "HOLDER"    // 持证主体出示
	ByDelegate = "DELEGATED" // 受托人凭授权码出示
	ByDuty     = "BY_DUTY"   // 依职权调用
)

// Results of a use, as the ledger finds them.
const (
	Accepted       = "ACCEPTED"
	NotInForce     = "NOT_IN_FORCE"
	HolderMismatch = "HOLDER_MISMATCH"
	FileMismatch   = "FILE_MISMATCH"
)
