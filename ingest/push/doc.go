// Package push takes what vendors' clouds send over HTTP into the same journal as
// the lamps' own messages. It promises that a request is answered 200 only once
// the journal, or the rejected stream, has it on disk; that a request without
// the source's credential changes nothing and learns nothing; and that no
// credential is ever logged.
package push
