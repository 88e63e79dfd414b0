package cost

// Sizes in bytes that a message has around it, and where they come from.
const (
	// ipTCP is IPv4's header (RFC 791, 3.1), TCP's (RFC 9293, 3.1) and its time
	// stamps (RFC 7323, 3.2: 10 and 2 of padding). An IPv6 header has 20 more.
	ipTCP = 20 + 20 + 12
	// opening is SYN, SYN-ACK with 20 bytes of options each (MSS, window scale, SACK,
	// time stamps), and ACK; closing is FIN, ACK, FIN, ACK.
	opening = 2*(20+20+20) + ipTCP
	closing = 4 * ipTCP
	// segment is what one packet carries of the stream: 1,400 bytes that mobile
	// networks pass on, less ipTCP.
	segment = 1400 - ipTCP

	// record is TLS 1.3's: header 5, type 1, tag 16 (RFC 8446, 5.2); record12 is TLS
	// 1.2's: header 5, nonce 8, tag 16 (RFC 5246, 6.2.3.3 and RFC 5288, 3).
	record   = 5 + 1 + 16
	record12 = 5 + 8 + 16

	puback     = 4 // MQTT 3.1.1, 3.4
	connack    = 4 // 3.2
	ping       = 2 // 3.12 and 3.13, each way
	disconnect = 2 // 3.14
)

// publish is the size of PUBLISH with QoS 1 (MQTT 3.1.1, 3.3).
func publish(topic string, payload int) int {
	rest := 2 + len(topic) + 2 + payload
	return 1 + lengthBytes(rest) + rest
}

// connect is the size of CONNECT with a name and a password (MQTT 3.1.1, 3.1):
// protocol name, level, flags and keep-alive are 10 bytes.
func connect(client, username string, password int) int {
	rest := 10 + 2 + len(client) + 2 + len(username) + 2 + password
	return 1 + lengthBytes(rest) + rest
}

// lengthBytes is how many bytes MQTT takes to write a length: 7 bits each (2.2.3).
func lengthBytes(n int) int {
	size := 1
	for ; n > 127; n >>= 7 {
		size++
	}
	return size
}

// flight is what bytes in one direction take with their packets' headers.
func flight(bytes int) int { return bytes + (bytes+segment-1)/segment*ipTCP }

// acks is what the other side's bare acknowledgements of a flight take beyond the
// one that rides on its answer: one for every two packets (RFC 9293, 3.8.6.3).
func acks(bytes int) int { return (bytes - 1) / segment / 2 * ipTCP }
