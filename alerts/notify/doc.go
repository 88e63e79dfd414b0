// Package notify takes notices from the outbox to people's phones: by e-mail,
// WeCom, DingTalk, Lark, ntfy, Bark or any webhook, or by nothing at all, where
// the page's inbox is the channel. It promises that a notice is sent at least
// once or shown to the office as failed, that a failing channel is tried again
// with growing pauses and then passed over for the person's next one, and that no
// secret of a channel stands in a log, an error or the outbox.
package notify
