// Package web is the HTTP side of Yingguang: the JSON API under /api/v1 that
// openapi.yaml describes, live values as server-sent events, login by link, the
// pages, and /healthz, /readyz and /metrics. It promises that a reading in the
// journal is in the API and on every open page within two seconds, that what a
// person may see is decided in one place, and that names and phone numbers of
// people never go to the public.
package web
