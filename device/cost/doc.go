// Package cost reckons what a lamp's messages weigh on the air, since an IoT card
// is paid by the byte. It promises that every figure is made from the real
// encodings (payloads as device/payload writes them, handshakes as crypto/tls
// does them) and from header sizes whose source stands beside them.
package cost
